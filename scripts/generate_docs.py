"""Write what is generated from the rules' docstrings: docs/rules.md, and the table in README.md.

`python scripts/generate_docs.py` writes; with `--check` nothing is written, and the exit code is 1 where a file is stale.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from llmlint.docs import rules_page, rules_table  # noqa: E402
from llmlint.rules.registry import HEADINGS, Rule  # noqa: E402
from llmlint.unused_suppression import known_rules  # noqa: E402

TABLE_START = "<!-- rules: made by scripts/generate_docs.py -->\n"
TABLE_END = "<!-- end of rules -->\n"


def readme_with_table(readme: str, rules: list[Rule]) -> str:
    """The README with a new table between its markers."""
    head, start, rest = readme.partition(TABLE_START)
    _, end, tail = rest.partition(TABLE_END)
    if not start or not end:
        raise SystemExit("README.md: the markers around the rule table are missing")
    return head + start + rules_table(rules, "docs/rules.md") + end + tail


def faults(rule: Rule) -> list[str]:
    """What is wrong with a rule's docstring: headings that are missing, unknown or out of order."""
    headings = [line[3:].strip() for line in rule.documentation.splitlines() if line.startswith("## ")]
    if headings != [heading for heading in HEADINGS if heading in headings]:
        return [f"{rule.code}: headings must be from {', '.join(HEADINGS)}, in this order; got {', '.join(headings)}"]
    needed = {"What it does", "Why it costs", "Limitations"}
    return [f"{rule.code}: the docstring has no `## {heading}`" for heading in HEADINGS if heading in needed - set(headings)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is stale")
    options = parser.parse_args()
    rules = list(known_rules().values())
    wrong = [line for rule in rules for line in faults(rule)]
    for line in wrong:
        print(line)
    if wrong:
        return 1
    readme = ROOT / "README.md"
    page = ROOT / "docs" / "rules.md"
    wanted = {page: rules_page(rules), readme: readme_with_table(readme.read_text(encoding="utf-8"), rules)}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        shown = path.relative_to(ROOT).as_posix()
        if options.check:
            print(f"{shown} is stale: run python scripts/generate_docs.py")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
            print(f"wrote {shown}")
    if not stale:
        print("generated documentation is up to date")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
