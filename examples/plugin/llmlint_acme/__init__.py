"""A plugin of llmlint: a rule, an SDK and an output format of a company of its own."""
