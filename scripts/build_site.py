"""Build the documentation site: `python scripts/build_site.py [--serve]` (needs the extra `llmlint[site]`).

The pages are those of docs/, a page for each rule from its docstring, and CONTRIBUTING.md. They are put together in build/pages, and
MkDocs builds build/site from them, strictly: a link that leads nowhere is an error.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from llmlint.docs.rules import rule_markdown
from llmlint.rules.names import PROJECT
from llmlint.rules.registry import known_rules

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "pages"
SETTINGS = ROOT / "build" / "mkdocs.yml"

_LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")


def make_pages() -> None:
    """Write all pages, with links that hold among them."""
    shutil.rmtree(PAGES, ignore_errors=True)
    (PAGES / "rules").mkdir(parents=True)
    for page in sorted((ROOT / "docs").glob("*.md")):
        (PAGES / page.name).write_text(_linked(page.read_text(encoding="utf-8"), ROOT / "docs"), encoding="utf-8")
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (PAGES / "contributing.md").write_text(_linked(text, ROOT), encoding="utf-8")
    names = []
    for rule in known_rules().values():
        names.append(f'    - "{rule.code} {rule.name}": rules/{rule.code}.md')
        (PAGES / "rules" / f"{rule.code}.md").write_text(rule_markdown(rule), encoding="utf-8")
    shutil.copy(ROOT / "docs" / "llmlint.schema.json", PAGES)
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").replace("  - Rules: RULES", "\n".join(["  - Rules:", *names]))
    settings = settings.replace("docs_dir: build/pages", "docs_dir: pages").replace("site_dir: build/site", "site_dir: site")
    SETTINGS.write_text(settings, encoding="utf-8")


def _linked(text: str, folder: Path) -> str:
    """A page whose links to other files of the repository lead to where it is published."""

    def moved(link: re.Match[str]) -> str:
        target, anchor = link[1], link[2] or ""
        path = (folder / target).resolve()
        if "://" in target or not path.exists():
            return link[0]
        if path.parent == ROOT / "docs":
            return f"]({path.name}{anchor})"
        if path == ROOT / "CONTRIBUTING.md":
            return f"](contributing.md{anchor})"
        kind = "tree" if path.is_dir() else "blob"
        return f"]({PROJECT}/{kind}/main/{path.relative_to(ROOT).as_posix()}{anchor})"

    return _LINK.sub(moved, text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="serve the site, and build it again when a page changes")
    options = parser.parse_args()
    make_pages()
    command = ["serve"] if options.serve else ["build", "--strict", "--quiet"]
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *command, "-f", str(SETTINGS)],
        cwd=ROOT,
        check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
