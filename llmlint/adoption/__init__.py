"""How an old repository begins with llmlint: a baseline of what is found now, or comments that suppress it."""
