"""Exports as real libraries write them, audited: `python benchmarks/audit/real_exports.py`.

Sends calls by the real SDKs to the metered API while libraries record them: LiteLLM's callback (`StandardLoggingPayload`), the Anthropic
instrumentation of OpenLLMetry and the spans of the Anthropic SDK itself through OpenTelemetry's SDK in the OTLP JSON of its exporter, and the columns
of Langfuse's blob export as Parquet. `llmlint audit` must find the calls, tokens and dollars that the metered API charged. Needs the extras `dev`
and `audit`, and

    pip install litellm opentelemetry-sdk opentelemetry-exporter-otlp-proto-common opentelemetry-instrumentation-anthropic

A library that is not installed is left out. Exit code 1 where an export is off by more than 1 %.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT), str(HERE)]
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("TRACELOOP_TRACE_CONTENT", "true")

from metered.account import Charge, Settings  # noqa: E402
from metered.server import MeteredServer  # noqa: E402

RULES = "Answer in one sentence, and name the booking that it is about. " * 100
QUESTIONS = [f"Where is the bag of booking {number}?" for number in range(12)]
MODEL = "claude-sonnet-5-5"
SYSTEM = [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]


def by_litellm(url: str, path: Path) -> None:
    """A custom callback that writes the payload of each call as one line."""
    import litellm
    from litellm.integrations.custom_logger import CustomLogger

    class Writer(CustomLogger):  # type: ignore[misc]
        def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            with path.open("a") as file:
                file.write(json.dumps(kwargs["standard_logging_object"], default=str) + "\n")

    litellm.callbacks = [Writer()]
    for question in QUESTIONS:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
        litellm.completion(model=f"anthropic/{MODEL}", messages=messages, max_tokens=50, api_base=url, api_key="any")
    # Callbacks run in a thread of their own.
    for _ in range(100):
        if path.exists() and len(path.read_text().splitlines()) == len(QUESTIONS):
            return
        __import__("time").sleep(0.1)


def _spans_to(path: Path) -> Any:
    """A tracer provider whose spans are written as the collector's file exporter writes them."""
    from google.protobuf.json_format import MessageToJson
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

    class Writer(SpanExporter):  # type: ignore[misc]
        def export(self, spans: Sequence[Any]) -> Any:
            with path.open("a") as file:
                file.write(MessageToJson(encode_spans(spans), indent=None) + "\n")
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Writer()))
    return provider


def by_openllmetry(url: str, path: Path) -> None:
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

    os.environ["ANTHROPIC_TRACING_DISABLED"] = "true"
    AnthropicInstrumentor().instrument(tracer_provider=_spans_to(path))
    _by_sdk(url)
    AnthropicInstrumentor().uninstrument()


def by_the_sdk_itself(url: str, path: Path) -> None:
    from opentelemetry import trace

    trace.set_tracer_provider(_spans_to(path))
    _by_sdk(url)


def _by_sdk(url: str) -> None:
    import anthropic

    client = anthropic.Anthropic(base_url=url, api_key="any")
    for question in QUESTIONS:
        client.messages.create(model=MODEL, max_tokens=50, system=SYSTEM, messages=[{"role": "user", "content": question}])  # type: ignore[arg-type,typeddict-item]


def as_langfuse(charges: Sequence[Charge], path: Path) -> None:
    """The columns of Langfuse's blob export (observations), written by DuckDB."""
    import duckdb

    lines = path.with_suffix(".jsonl")
    with lines.open("w") as file:
        for number, charge in enumerate(charges):
            tokens = charge.tokens
            used = {"input": tokens.input, "cache_read_input_tokens": tokens.read, "cache_creation_input_tokens": tokens.write}
            record = {
                "id": f"o{number}", "trace_id": f"t{number}", "type": "GENERATION", "name": "answer", "provided_model_name": charge.model.id,
                "start_time": f"2026-11-26 10:00:{number:02}.000", "end_time": f"2026-11-26 10:00:{number:02}.900",
                "input": json.dumps({"system": charge.request["system"], "messages": charge.request["messages"]}),
                "usage_details": {**used, "output": tokens.output}, "model_parameters": '{"max_tokens": 50}', "metadata": {},
            }  # fmt: skip
            file.write(json.dumps(record) + "\n")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_json('{lines}', format = 'newline_delimited')) TO '{path}' (FORMAT parquet)"
        )


EXPORTS: dict[str, tuple[tuple[str, ...], Callable[[str, Path], None]]] = {
    "litellm callback": (("litellm",), by_litellm),
    "OpenLLMetry": (("opentelemetry.sdk", "opentelemetry.instrumentation.anthropic", "google.protobuf"), by_openllmetry),
    "Anthropic SDK's spans": (("opentelemetry.sdk", "google.protobuf"), by_the_sdk_itself),
}


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def audit(path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "llmlint", "audit", str(path), "--isolated", "--output-format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(f"{path.name}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def show(name: str, path: Path, charges: Sequence[Charge]) -> bool:
    """Print one line; whether calls, tokens and dollars are those that were charged."""
    found = audit(path)
    charged = sum(charge.dollars for charge in charges)
    tokens = found["tokens"]
    same = (tokens["read"], tokens["write_5m"] + tokens["write_1h"]) == (
        sum(charge.tokens.read for charge in charges),
        sum(charge.tokens.write for charge in charges),
    )
    off = (float(found["computed"]) - charged) / charged
    systems = found["system_prompts"]
    print(
        f"{name:24}{found['calls']:>4} calls{charged:>9.4f} charged{off:>+8.2%}  cache {'the same' if same else 'NOT the same'}"
        f"  {systems['distinct']} system prompts in {systems['calls']} calls"
    )
    return found["calls"] == len(charges) and same and abs(off) <= 0.01


def main() -> int:
    is_good = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        charges: list[Charge] = []

        def record(charge: Charge) -> float:
            charges.append(charge)
            return 1.0

        with MeteredServer(Settings(latency=0.0, record=record)) as server:
            for number, (name, (needed, write)) in enumerate(EXPORTS.items()):
                if missing := [each for each in needed if not _is_there(each)]:
                    print(f"{name:24}left out: {', '.join(missing)} is not installed")
                    continue
                charges.clear()
                path = folder / f"export-{number}.jsonl"
                write(server.anthropic_url(f"account-{number}"), path)
                is_good = show(name, path, charges) and is_good
        as_langfuse(charges, folder / "langfuse.parquet")
        is_good = show("Langfuse as Parquet", folder / "langfuse.parquet", charges) and is_good
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
