"""Settings: configuration files, their schema, selections of rules, and patterns of paths."""
