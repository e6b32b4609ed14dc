"""Pieces of edits that several codemods share: syntax trees, layout, arguments, items of dicts, texts."""
