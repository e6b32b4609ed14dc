"""What runs at night, from the crontab."""
