"""A run: which files are read, how the work is shared between processes, what is checked, and which fixes are written."""
