"""Where a call is repeated, how often, and whether somebody waits for it."""
