"""The traffic of benchmarks/bill in each format of an export, audited: `python benchmarks/audit/run.py`.

Runs the program against the metered API, writes what was charged as each export, and compares `llmlint audit --source` with the metered
bill: the total, the buckets, and the call sites. Exit code 1 where a format with prompts is off by more than 1 % in a bucket or joins less
than 95 % of the dollars to the right module; with `--replay` also where the replay is off by more than 2 % of the bill of the fixed program.
"""

from __future__ import annotations

import argparse
import json
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BILL = ROOT / "benchmarks" / "bill"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT), str(BILL), str(HERE)]

from exports import SUMS, WITH_PROMPTS, Exchange  # noqa: E402

from metered.account import Charge, Settings  # noqa: E402
from metered.runner import Runner  # noqa: E402
from metered.server import MeteredServer  # noqa: E402

BUCKETS = runpy.run_path(str(BILL / "run.py"))["bucket_of"]

# Words that only the prompts of one module have.
FILES = {
    "You read a contract that a partner sent": "fernweh/documents/contracts.py",
    "Record this invoice, with all its pages": "fernweh/documents/invoices.py",
    "You are Mira, the voice of": "fernweh/chat/conversation.py",
    "You decide claims of night train": "fernweh/support/compensation.py",
    "Write one PostgreSQL query": "fernweh/reports/sql.py",
    "You translate texts of a night": "fernweh/reports/translate.py",
    "Classify the ticket of a night": "fernweh/tickets/triage.py",
    "Extract the fields from the ticket": "fernweh/tickets/triage.py",
    "You write marketing copy": "fernweh/marketing/copy.py",
    "Sum up the report of a train crew": "fernweh/jobs/nightly_summaries.py",
    "Give 3 words as tags": "fernweh/jobs/tag_archive.py",
    "A paragraph of 70 words on": "fernweh/jobs/newsletter.py",
    "Support handbook of Fernweh": "fernweh/support/",
}
TITLES = {
    "first-time document analysis": ("first-time analysis",),
    "user chat turns": ("user chat turns",),
    "repeated system prompts": ("repeated system prompts without a cache", "repeated system prompts from the cache"),
    "Opus for simple tasks": ("premium model for a simple task",),
    "serial bulk runs": ("serial bulk runs", "parallel bulk runs"),
}
DAY = 1_795_000_000.0
"""When the recorded half hour begins, in seconds since 1970."""
SECONDS = 1.5


def traffic_of(folder: Path, *, is_fixed: bool = False) -> list[Exchange]:
    """What the program sends in its half hour, as the metered API charged it; `is_fixed`: after all fixes of llmlint."""
    found: list[Exchange] = []

    def record(charge: Charge) -> float:
        text = json.dumps(charge.request)
        file = next((file for words, file in FILES.items() if words in text), "")
        at = DAY + charge.at
        found.append(
            Exchange(
                f"call-{len(found)}",
                at,
                at + SECONDS,
                charge.kind,
                charge.model.id,
                charge.model.vendor,
                charge.request,
                charge.tokens,
                charge.dollars,
                charge.bucket,
                file,
                charge.reply.text,
            )
        )
        return SECONDS

    shutil.copytree(BILL / "fernweh", folder / "fernweh", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(BILL / "day.py", folder)
    settings = Settings(latency=0.0, bucket_of=BUCKETS, clock_stands_still=True, record=record)
    with MeteredServer(settings) as server, Runner() as runner:
        if is_fixed:
            runner.llmlint(folder, "check", "--isolated", "--no-cache", "--fix", "--unsafe-fixes", "fernweh")
        outcome = runner.program(folder / "day.py", server.environment("audit"))
    if outcome.code:
        raise SystemExit(outcome.err)
    return found


def audit(path: Path, source: Path) -> dict[str, object]:
    """What `llmlint audit` says of an export, as JSON."""
    command = [
        sys.executable,
        "-m",
        "llmlint",
        "audit",
        str(path),
        "--source",
        str(source),
        "--isolated",
        "--output-format",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=source.parent)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{path.name}: {done.stderr}")
    document: dict[str, object] = json.loads(done.stdout)
    return document


def compare(document: Mapping[str, object], traffic: Sequence[Exchange]) -> tuple[dict[str, float], float, float]:
    """By how much of the bill each bucket differs; the share of dollars at the right module; the difference of the totals."""
    total = sum(each.dollars for each in traffic)
    metered: defaultdict[str, float] = defaultdict(float)
    modules: defaultdict[str, float] = defaultdict(float)
    for each in traffic:
        metered[each.bucket] += each.dollars
        modules[each.file] += each.dollars
    given = {bucket["bucket"]: float(bucket["cost"]) for bucket in document["buckets"]}  # type: ignore[attr-defined,index]
    off = {name: (sum(given.get(title, 0.0) for title in titles) - metered[name]) / total for name, titles in TITLES.items()}
    right = 0.0
    joined: defaultdict[str, float] = defaultdict(float)
    for site in document["sites"]:  # type: ignore[attr-defined]
        joined[site["path"]] += float(site["cost"])
    for file, dollars in modules.items():
        right += min(dollars, sum(amount for path, amount in joined.items() if file in path))
    return off, right / total, (float(document["cost"]) - total) / total  # type: ignore[arg-type]


def compare_replay(document: Mapping[str, object], before: Sequence[Exchange], after: Sequence[Exchange]) -> float:
    """Print each bucket before, as the replay has it with all fixes, and as it was metered after the real fixes; the difference of the totals
    as a share of the bill after them."""
    rows: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    names = {title: name for name, titles in TITLES.items() for title in titles}
    for column, traffic in ((0, before), (2, after)):
        for each in traffic:
            rows[each.bucket][column] += each.dollars
    for bucket in document["buckets"]:  # type: ignore[attr-defined]
        rows[names.get(bucket["bucket"], bucket["bucket"])][1] += float(bucket["levers"]["smaller"])
    print(f"\n{'bucket':30}{'metered':>10}{'replayed':>10}{'fixed':>10}")
    for name, (now, replayed, fixed) in rows.items():
        print(f"{name:30}{now:>10.4f}{replayed:>10.4f}{fixed:>10.4f}")
    now, replayed, fixed = (sum(column) for column in zip(*rows.values(), strict=True))
    print(f"{'all':30}{now:>10.4f}{replayed:>10.4f}{fixed:>10.4f}  replay {(replayed - fixed) / fixed:+.2%}")
    return (replayed - fixed) / fixed


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--keep", type=Path, help="a new folder to keep the program and the exports in")
    parser.add_argument("--replay", action="store_true", help="also fix the program, run it again, and compare with the replay")
    options = parser.parse_args(arguments)
    is_good = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        traffic = traffic_of(folder)
        print(f"{len(traffic)} calls, ${sum(each.dollars for each in traffic):.4f}\n")
        print(f"{'export':24}{'total':>8}{'joined':>8}   {'  '.join(name.split()[0] for name in TITLES)}")
        for name, write in WITH_PROMPTS.items():
            write(folder / name, traffic)
            off, right, total = compare(audit(folder / name, folder / "fernweh"), traffic)
            print(f"{name:24}{total:>+8.2%}{right:>8.1%}   {'  '.join(f'{part:+.2%}' for part in off.values())}")
            is_good = is_good and right >= 0.95 and abs(total) <= 0.01 and all(abs(part) <= 0.01 for part in off.values())
        if options.replay:
            (folder / "fixed").mkdir()
            document = audit(folder / "exchanges.jsonl", folder / "fernweh")
            is_good = abs(compare_replay(document, traffic, traffic_of(folder / "fixed", is_fixed=True))) <= 0.02 and is_good
        for name, write in SUMS.items():
            write(folder / name, traffic)
            document = audit(folder / name, folder / "fernweh")
            total = (float(document["cost"]) - sum(each.dollars for each in traffic)) / sum(each.dollars for each in traffic)  # type: ignore[arg-type]
            print(f"{name:24}{total:>+8.2%}")
            is_good = is_good and abs(total) <= 0.01
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
