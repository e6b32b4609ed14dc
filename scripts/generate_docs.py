"""Write what is generated: docs/rules.md, parts of README.md and docs/configuration.md.

`python scripts/generate_docs.py` writes; with `--check` nothing is written, and the exit code is 1 where a file is stale.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from llmlint.catalog import Catalog  # noqa: E402
from llmlint.config.settings import SettingsResolver  # noqa: E402
from llmlint.docs.catalog import facts_page  # noqa: E402
from llmlint.docs.rules import rules_page, rules_table  # noqa: E402
from llmlint.docs.settings import SETTINGS, schema_text, settings_markdown  # noqa: E402
from llmlint.report import formats  # noqa: E402
from llmlint.rules.registry import HEADINGS, Rule, known_rules  # noqa: E402
from llmlint.run.engine import Run  # noqa: E402

DEMO = "fixtures/demo"
NEEDED_HEADINGS = ("What it does", "Why it costs", "Limitations")


def with_part(text: str, name: str, part: str) -> str:
    """A text with a new part between its markers."""
    start, end = f"<!-- {name}: made by scripts/generate_docs.py -->\n", f"<!-- end of {name} -->\n"
    head, found_start, rest = text.partition(start)
    _, found_end, tail = rest.partition(end)
    if not found_start or not found_end:
        raise SystemExit(f"the markers around {name} are missing")
    return head + start + part + end + tail


def example(rules: Mapping[str, Rule]) -> str:
    """What llmlint says about the demo, with the command."""
    run = Run.of_paths([DEMO], SettingsResolver(".", {}, True, known=rules), rules)
    text = formats()["text"](run.report(run.lint().findings), color=False)
    return f"```console\n$ llmlint {DEMO}\n{text}```\n"


def faults(rule: Rule) -> list[str]:
    """What is wrong with a rule's docstring: headings that are missing, unknown or out of order."""
    headings = [line[3:].strip() for line in rule.documentation.splitlines() if line.startswith("## ")]
    if headings != [heading for heading in HEADINGS if heading in headings]:
        return [f"{rule.code}: headings must be from {', '.join(HEADINGS)}, in this order; got {', '.join(headings)}"]
    return [f"{rule.code}: the docstring has no `## {heading}`" for heading in NEEDED_HEADINGS if heading not in headings]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is stale")
    options = parser.parse_args()
    os.chdir(ROOT)
    rules = known_rules()
    wrong = [line for rule in rules.values() for line in faults(rule)]
    for line in wrong:
        print(line)
    if wrong:
        return 1
    readme, configuration, page = Path("README.md"), Path("docs/configuration.md"), Path("docs/rules.md")
    text = with_part(readme.read_text(encoding="utf-8"), "example", example(rules))
    wanted = {
        readme: with_part(text, "rules", rules_table(rules.values(), page.as_posix())),
        configuration: with_part(configuration.read_text(encoding="utf-8"), "keys", settings_markdown(SETTINGS)),
        page: rules_page(rules.values()),
        Path("docs/llmlint.schema.json"): schema_text(rules.values()),
        Path("docs/facts.md"): facts_page(Catalog.bundled()),
    }
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if options.check:
            print(f"{path} is stale: run python scripts/generate_docs.py")
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"wrote {path}")
    if not stale:
        print("generated documentation is up to date")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
