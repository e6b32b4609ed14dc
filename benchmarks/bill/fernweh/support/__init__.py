"""The support desk: clerks ask, and read what comes back before they send it."""
