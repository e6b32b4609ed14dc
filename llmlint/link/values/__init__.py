"""What an expression can be: evaluation that runs nothing."""
