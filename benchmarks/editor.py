"""How long a file takes to be linted anew after each key press, in one process as in an editor: `python editor.py FILE [PRESSES]`.

Prints the seconds of each press but the first few, one a line.
"""

from __future__ import annotations

import pathlib
import sys
import time

from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.unused_suppression import known_rules


def main() -> None:
    path = sys.argv[1]
    presses = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    data = pathlib.Path(path).read_bytes()
    settings = SettingsResolver(str(pathlib.Path(path).parent), {}, True, known=known_rules())
    middle = data.index(b"\n", len(data) // 2)
    for press in range(presses + 3):
        typed = data[:middle] + b"\nnew_name = " + b"x" * (press + 1) + data[middle:]
        start = time.perf_counter()
        Run.of_bytes(path, typed, settings, known_rules()).lint()
        if press >= 3:
            print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
