"""Compare what the prefilter says about files when the C library searches them and when Python does: python scripts/check_prefilter.py FOLDER…"""

from __future__ import annotations

import os
import sys
from operator import contains
from pathlib import Path

from llmlint.discover.prefilter import may_hold_call, may_hold_directive
from llmlint.discover.unsupported import unsupported_calls
from llmlint.discover.walk import SUFFIXES
from llmlint.performance import contains as library
from llmlint.performance.contains import contains_of


def main(folders: list[str]) -> int:
    library._searched = library.LOADED_AFTER
    files = differ = 0
    for folder in folders:
        for path in (Path(above, name) for above, _, names in os.walk(folder) for name in names if name.endswith(SUFFIXES)):
            if not path.is_file():
                continue
            data = path.read_bytes()
            found = [
                (may_hold_call(data, has), may_hold_directive(data, has), unsupported_calls(str(path), data, has))
                for has in (contains, contains_of(data))
            ]
            files += 1
            if found[0] != found[1]:
                differ += 1
                print(path, *found)
    print(f"{files} files, {differ} differ")
    return 1 if differ or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
