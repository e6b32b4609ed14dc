"""From the bytes of a file to its text, whatever kind of file it is."""

from __future__ import annotations

from llmlint.discover.decode import decode
from llmlint.source import Source


def load(data: bytes, path: str) -> Source:
    """The text of a file as read from disk: a notebook where the path ends in `.ipynb`, else Python. Raises DecodeError."""
    if path.endswith(".ipynb"):
        # Imported here, as most runs see no notebook.
        from llmlint.discover.notebook import read_notebook

        return read_notebook(data, path)
    return decode(data, path)
