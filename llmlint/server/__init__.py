"""`llmlint server`: a language server on standard input and output. Only `server.py` imports pygls, which the extra `llmlint[lsp]` installs."""
