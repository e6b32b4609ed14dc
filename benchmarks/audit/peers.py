"""Other tools that audit usage, on the same exports: `python benchmarks/audit/peers.py --peers FOLDER`.

`FOLDER` is a virtual environment with `pip install tracecost toolkit-cost-optimizer tokenaudit`; a tool that is not there is left out. The traffic is
that of `run.py`, as OpenTelemetry spans and as LiteLLM's spend logs, where each tool reads them. Prints what each says of the bill and of waste.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from run import WITH_PROMPTS, audit, traffic_of


def said(command: Sequence[str]) -> Any:
    """The JSON that a tool prints, or the last line of what it says against the file."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2][:100]


def tracecost(bin: Path, path: Path) -> str:
    found = said([str(bin / "tracecost"), "cost", "--format", "json", str(path)])
    return found if isinstance(found, str) else f"${found['total']['cost']:.4f}; no waste, no call sites"


def toolkit(bin: Path, path: Path) -> str:
    rows = path.with_suffix(".rows.jsonl")
    format = "otel" if "telemetry" in path.name else "litellm-spendlogs"
    said([str(bin / "toolkit-opt"), "ingest", "--format", format, "--input", str(path), "--rows", str(rows)])
    found = said([str(bin / "toolkit-opt"), "summarize", "--input", str(rows)])
    if isinstance(found, str):
        return found
    cost = found["predicate"]["summary"]["total_cost_usd"]
    return f"{'no cost' if cost is None else f'${cost:.4f}'}; cost and latency by model, no waste, no call sites"


def tokenaudit(bin: Path, path: Path) -> str:
    found = said([str(bin / "tokenaudit"), "diagnose", "--json", str(path)])
    if isinstance(found, str):
        return found
    counts: dict[str, tuple[int, int]] = {}
    for finding in (finding for session in found for finding in session["findings"]):
        count, tokens = counts.get(finding["detector_id"], (0, 0))
        counts[finding["detector_id"]] = count + 1, tokens + (finding["impact"]["tokens_high"] or 0)
    return "no total; " + (
        ", ".join(f"{count} {name} ({tokens:,} tokens)" for name, (count, tokens) in counts.items()) or "no waste"
    )


def llmlint(path: Path, source: Path) -> str:
    found: Any = audit(path, source)
    waste = [bucket for bucket in found["buckets"] if bucket["waste"]]
    named = ", ".join(f"{bucket['bucket']} ${float(bucket['cost']):.4f}" for bucket in waste)
    return (
        f"${float(found['cost']):.4f}; {named}; {len(found['sites'])} call sites with {float(found['joined']['one']):.4f} of it"
    )


PEERS = {"tracecost": tracecost, "toolkit-opt": toolkit, "tokenaudit": tokenaudit}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--peers", type=Path, required=True, help="a virtual environment with the other tools")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        traffic = traffic_of(folder)
        print(f"metered: {len(traffic)} calls, ${sum(each.dollars for each in traffic):.4f}")
        for name in ("opentelemetry.jsonl", "litellm.jsonl"):
            WITH_PROMPTS[name](folder / name, traffic)
            print(f"\n{name}")
            for tool, run in PEERS.items():
                is_there = (options.peers / "bin" / tool).exists()
                print(f"  {tool:12} {run(options.peers / 'bin', folder / name) if is_there else 'not installed'}")
            print(f"  {'llmlint':12} {llmlint(folder / name, folder / 'fernweh')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
