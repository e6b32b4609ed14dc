"""The files of a program: imports between them, and which of them mention a name."""
