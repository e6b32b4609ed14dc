"""`python -m llmlint`."""

import os
import sys


def _leave_current_folder() -> None:
    """Take the current folder off the path of imports, where `-m` puts it first: a `json.py` of the repository that is linted must not run.

    What Python itself imports before it gets here is out of reach; `python -P -m llmlint` and the command `llmlint` never look there.
    """
    try:
        here = os.getcwd()
    except OSError:
        here = ""
    if sys.path and not getattr(sys.flags, "safe_path", False) and sys.path[0] in ("", here):
        del sys.path[0]


if __name__ == "__main__":
    _leave_current_folder()
    from llmlint.cli import run

    run()
