"""How long an editor waits for diagnostics: `python benchmarks/editor.py [FILE] [--presses N]`.

It starts `llmlint server`, opens a file and types into a function of it, one character after another, as an editor does: each time is that from
the change that is sent to the diagnostics of that version. Without FILE a project of 2,000 files is made (this Python's standard library, and an
application whose prompts, clients and callers lie in several files), and a file of 1,000 lines with eight calls of it is opened.

`--once FILE` measures something else, for benchmarks/speed.py: how long one file takes to be linted anew in one process.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

FILES, LINES, CALLS = 2_000, 1_000, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--presses", type=int, default=40)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    if options.once:
        lint_again(options.file, options.presses)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = options.file.resolve() if options.file else make_project(Path(folder).resolve() / "shop")
        times = type_into(path, options.presses)
    print(f"{len(path.read_text().splitlines()) if path.exists() else LINES} lines, {len(times)} key presses")
    deciles = statistics.quantiles(times, n=10)
    print(f"median {1000 * statistics.median(times):.0f} ms, nine of ten within {1000 * deciles[-1]:.0f} ms")


def make_project(root: Path) -> Path:
    """A project of 2,000 files, and its file with calls."""
    (root / ".git").mkdir(parents=True)
    library = Path(sysconfig.get_path("stdlib"))
    sources = sorted(path for path in library.rglob("*.py") if "site-packages" not in path.parts and "test" not in path.parts)
    for number in range(FILES - 10):
        target = root / "lib" / f"part{number // 100}" / f"module{number}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sources[number % len(sources)], target)
    app = root / "app"
    app.mkdir()
    (app / "__init__.py").write_text("")
    (app / "clients.py").write_text("import anthropic\n\nclient = anthropic.Anthropic()\nMODEL = 'claude-haiku-5-5'\n")
    (app / "prompts.py").write_text("".join(f"RULES_{n} = '''{'A berth can be booked. ' * 300}'''\n" for n in range(CALLS)))
    for number in range(4):
        used = ", ".join(f"ask_{n}" for n in range(CALLS))
        calls = "".join(f"\n\ndef run_{n}(rows):\n    for row in rows:\n        print(ask_{n}(row))\n" for n in range(CALLS))
        (app / f"jobs_{number}.py").write_text(f"from app.work import {used}\n{calls}")
    head = "from app import prompts\nfrom app.clients import MODEL, client\n"
    calls = [
        f"\n\ndef ask_{n}(question):\n    text = clean_{n}_0(question)\n    return client.messages.create(\n        model=MODEL,\n"
        f"        max_tokens=500,\n        system=prompts.RULES_{n},\n        messages=[{{'role': 'user', 'content': text}}],\n    )\n"
        for n in range(CALLS)
    ]
    plain = [
        "".join(
            f"\n\ndef clean_{n}_{m}(text):\n    words = []\n    for word in text.split():\n        if len(word) > {m}:\n"
            "            words.append(word.strip())\n    return ' '.join(words)\n"
            for m in range(13)
        )
        for n in range(CALLS)
    ]
    (app / "work.py").write_text(head + "".join(call + more for call, more in zip(calls, plain, strict=True)))
    return app / "work.py"


def type_into(path: Path, presses: int) -> list[float]:
    """The seconds of each key press."""
    from editor import Client

    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    bodies = [number for number, line in enumerate(lines) if line.startswith("    return")]
    place = bodies[len(bodies) // 2]
    times = []
    with Client(path.parent) as client:
        start = time.perf_counter()
        uri = client.open(path)
        client.wait(uri, 1, seconds=120)
        print(f"opened within {time.perf_counter() - start:.1f} s, {len(client.diagnostics[uri]['diagnostics'])} findings")
        client.save(uri)
        client.quiet(8)
        for press in range(presses):
            typed = [*lines[:place], f"    new_{'x' * press} = 1\n", *lines[place:]]
            start = time.perf_counter()
            client.change(uri, "".join(typed), press + 2)
            client.wait(uri, press + 2)
            times.append(time.perf_counter() - start)
            client.quiet(0.15)
    return times


def lint_again(path: Path, presses: int) -> None:
    """Print the seconds of each press but the first few, one a line."""
    from llmlint.config.settings import SettingsResolver
    from llmlint.rules.registry import known_rules
    from llmlint.run.engine import Run

    data = path.read_bytes()
    settings = SettingsResolver(str(path.parent), {}, True, known=known_rules())
    middle = data.index(b"\n", len(data) // 2)
    for press in range(presses + 3):
        typed = data[:middle] + b"\nnew_name = " + b"x" * (press + 1) + data[middle:]
        start = time.perf_counter()
        Run.of_bytes(str(path), typed, settings, known_rules()).lint()
        if press >= 3:
            print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
