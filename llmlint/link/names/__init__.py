"""Look-ups over the facts of one file: scopes, blocks, and the bindings that reach a use."""
