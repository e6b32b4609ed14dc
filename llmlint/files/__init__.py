"""Opening files of repositories that nobody vouches for, and finding those that git would read."""
