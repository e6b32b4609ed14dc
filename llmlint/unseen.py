"""Characters that show nothing, or that change how others show."""

from __future__ import annotations

import re

# Letters and marks that show nothing, and that Python calls printable: joiners, fillers, selectors of glyphs beyond the first sixteen, and
# the empty pattern of Braille.
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\U000e0100-\U000e01ef]")


def is_seen(text: str) -> bool:
    """Whether each character of a text shows as itself."""
    return text.isprintable() and not BLANK.search(text)
