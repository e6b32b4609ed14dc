"""Documents that somebody uploads, and waits for."""
