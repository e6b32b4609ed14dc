"""What llmlint says about its rules, settings and models: commands print it, and pages of docs/ are generated from it."""
