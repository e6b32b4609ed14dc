"""What a change brings (`llmlint check --since REF`): two states of a repository as plain data, and their comparison."""
