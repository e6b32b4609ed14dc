"""A large export, audited: `python benchmarks/audit/scale.py --rows 10000000`.

Writes so many calls of a shop as JSON lines (about 500 bytes each; the same for the same number) to a temporary folder, audits them as a
user does, and prints seconds, processor seconds and the largest resident memory of the process. `--format litellm` writes LiteLLM's spend logs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = 1_795_000_000.0
ENDPOINTS = [f"/v1/feature-{number}" for number in range(40)]
MODELS = [("claude-opus-5-5", 1), ("claude-sonnet-5-5", 5), ("claude-haiku-5-5", 6), ("gpt-5.5", 2)]
_TEXTS = 1_000
KEY = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df77"
CACHE = '"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0'


def lines(count: int, format: str) -> Iterator[str]:
    """The calls of `count` rows. Texts repeat, so that writing them does not take longer than auditing them."""
    draw = random.Random(14)
    models = [name for name, weight in MODELS for _ in range(weight)]
    questions = [f"question {number}: " + "word " * draw.randrange(4, 30) for number in range(_TEXTS)]
    at = START
    for number in range(count):
        at += 0.2 if number % 1_000 < 200 else draw.random() * 3
        model, sent, answered = draw.choice(models), draw.randrange(20, 900), draw.randrange(1, 400)
        endpoint = draw.choice(ENDPOINTS)
        if format == "litellm":
            start = f'"request_id": "chatcmpl-{number:012}", "call_type": "acompletion", "api_key": "{KEY}", "spend": {sent * 1e-6:.8f}'
            tokens = f'"total_tokens": {sent + answered}, "prompt_tokens": {sent}, "completion_tokens": {answered}'
            times = f'"startTime": {at:.3f}, "endTime": {at + 0.9:.3f}, "model": "{model}", "model_group": "{model}"'
            rest = (
                f'"request_tags": ["{endpoint}"], "cache_hit": "False", "messages": {{}}, "response": {{}}, "status": "success"'
            )
            yield f'{{{start}, {tokens}, {times}, {rest}, "metadata": {{"usage_object": {{{CACHE}}}}}}}\n'
        else:
            start = (
                f'"id": "req_{number:012}", "timestamp": {at:.3f}, "duration_ms": {300 + answered * 9}, "endpoint": "{endpoint}"'
            )
            system = f"You help the customers of shop {number % 20}."
            messages = f'[{{"role": "user", "content": "{questions[number % _TEXTS]}"}}]'
            request = f'{{"model": "{model}", "max_tokens": 500, "system": "{system}", "messages": {messages}}}'
            usage = f'{{"input_tokens": {sent}, {CACHE}, "output_tokens": {answered}}}'
            response = f'{{"id": "msg_{number}", "model": "{model}", "stop_reason": "end_turn", "usage": {usage}}}'
            yield f'{{{start}, "request": {request}, "response": {response}}}\n'


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", choices=("exchanges", "litellm"), default="exchanges")
    parser.add_argument("--keep", type=Path, help="a file to write the export to, and to read it from if it is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "export.jsonl"
        if not path.exists():
            with path.open("w") as file:
                file.writelines(lines(options.rows, options.format))
                # Else the audit waits while this is still being written.
                file.flush()
                os.fsync(file.fileno())
        size = os.path.getsize(path)
        started = time.monotonic()
        command = [sys.executable, "-m", "llmlint", "audit", str(path), "--isolated", "--output-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        seconds = time.monotonic() - started
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return 1
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    document = json.loads(done.stdout)
    print(f"{document['rows']:,} rows, {size / 1e9:.2f} GB, ${float(document['cost']):,.2f}")
    print(f"{seconds:.1f} s, {used.ru_utime + used.ru_stime:.1f} processor seconds, {used.ru_maxrss / 1024:.0f} MB")
    print("a load of other processes makes the seconds more; half the processor seconds are what two free cores need at least")
    return 0


if __name__ == "__main__":
    sys.exit(main())
