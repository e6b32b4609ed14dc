"""How many findings of LLM301 and LLM302 have a fix, of those with high or medium confidence, and why the others have none.

    python scripts/batch_fix_rate.py FOLDER ... [--diff FILE]

Each folder is checked as it is; nothing in it is changed. `--diff` writes the diffs of all fixes, to be read by eye.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

_LLMLINT = (sys.executable, "-P", "-m", "llmlint", "check", "--isolated", "--no-cache", "--select", "LLM301,LLM302")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--diff", type=Path, help="where to write the diffs")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for folder in options.folders:
        report = json.loads(_run("--output-format", "json", str(folder)) or '{"findings": []}')
        counts = Counter(_kind(each) for each in report["findings"])
        reasons.update(_reason(each) for each in report["findings"] if _kind(each) != "batch")
        total += counts
        print(f"{folder}: {counts['batch']} of {counts.total()}, {counts['flex tier']} more with the flex tier")
        if options.diff is not None:
            with options.diff.open("a", encoding="utf-8") as file:
                file.write(_run("--diff", "--unsafe-fixes", str(folder)))
    for reason, count in reasons.most_common():
        print(f"{count:5}  {reason}")
    share = total["batch"] / total.total() if total else 0
    print(f"in all {total['batch']} of {total.total()}: {share:.0%}, {total['flex tier']} more with the flex tier")


def _kind(finding: Any) -> str:
    if finding["fix"] is None:
        return "by hand"
    return "flex tier" if "service_tier" in finding["fix"]["message"] else "batch"


def _reason(finding: Any) -> str:
    """Why a finding has no batch fix, without the names that stand in the reason."""
    found = re.search(r"; by hand, as (.*): `llmlint rule", finding["help"])
    return re.sub(r"`[^`]*[^`\w][^`]*`|`\w+`", "`…`", found[1]) if found is not None else f"no batch fix: {_kind(finding)}"


def _run(*arguments: str) -> str:
    """Standard output of llmlint."""
    return subprocess.run([*_LLMLINT, *arguments], check=False, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
