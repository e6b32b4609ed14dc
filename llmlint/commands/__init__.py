"""What the commands do: run, print, and say with which code to exit; and their options and help."""
