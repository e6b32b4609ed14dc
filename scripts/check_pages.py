"""Look for accessibility faults in the HTML pages that llmlint writes, with axe in headless Chromium, in light and in dark colours.

    npm install --prefix /tmp/axe axe-core
    python scripts/check_pages.py /tmp/axe/node_modules/axe-core/axe.min.js report.html audit.html

Needs Chromium. Prints each fault with the first element that has it, and messages of the page's own script on the console. Exits with 1 if there
are any, or if axe did not run.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SCHEMES = {"light": "1", "dark": "0"}
_RESULT = re.compile(r'<pre id="axe-result">(.*?)</pre>', re.DOTALL)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_RUN = """
addEventListener("load", () => axe.run().then(found => {
    const result = document.createElement("pre");
    result.id = "axe-result";
    result.textContent = JSON.stringify({
        passes: found.passes.length,
        faults: found.violations.map(each => [each.id, each.impact, each.nodes.length, each.nodes[0].html.slice(0, 160)]),
    });
    document.body.appendChild(result);
}));
"""


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or len(sys.argv) < 3:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    axe = Path(sys.argv[1]).read_text(encoding="utf-8").replace("</script", "<\\/script")
    is_good = True
    for page in sys.argv[2:]:
        for scheme in _SCHEMES:
            is_good &= check(chromium, axe, Path(page), scheme)
    return 0 if is_good else 1


def check(chromium: str, axe: str, page: Path, scheme: str) -> bool:
    """Whether a page has no fault in one of the colour schemes."""
    text = _POLICY.sub("", page.read_text(encoding="utf-8"))  # It forbids scripts such as axe.
    end = text.rindex("</body>") if "</body>" in text else len(text)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "page.html")
        copy.write_text(f"{text[:end]}<script>{axe}</script><script>{_RUN}</script>{text[end:]}", encoding="utf-8")
        command = [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--enable-logging=stderr",
            f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}", "--dump-dom", copy.as_uri(),
        ]  # fmt: skip
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = _RESULT.search(run.stdout)
    if found is None:
        print(f"{page} ({scheme}): axe did not run")
        return False
    result = json.loads(html.unescape(found[1]))
    console = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    print(
        f"{page} ({scheme}): {result['passes']} checks passed, {len(result['faults'])} faults, {len(console)} messages on the console"
    )
    for name, impact, count, example in result["faults"]:
        print(f"  {name} ({impact}, {count} elements): {example}")
    for line in console:
        print(f"  {line}")
    return not result["faults"] and not console


if __name__ == "__main__":
    sys.exit(main())
