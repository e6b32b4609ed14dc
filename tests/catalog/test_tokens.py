"""Token estimates: close to recorded counts, careful on request, exact with a tokenizer, and never over a network."""

from __future__ import annotations

import builtins
import hashlib
import importlib.util
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmlint.catalog import tokens
from llmlint.catalog.tokens import TokenEstimate, estimate, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parent / "samples"
# Counted on 2026-11-23 with ctok 1.3.0 (Claude) and tiktoken 0.14 (OpenAI).
RECORDED = {
    "prose": {"claude-4.7": 580, "claude-3": 433, "openai": 400, "openai-cl100k": 401},
    "python": {"claude-4.7": 683, "claude-3": 516, "openai": 430, "openai-cl100k": 427},
    "json": {"claude-4.7": 583, "claude-3": 491, "openai": 429, "openai-cl100k": 426},
    "yaml": {"claude-4.7": 383, "claude-3": 313, "openai": 280, "openai-cl100k": 279},
}
TOKENIZERS = ["claude-4.7", "claude-3", "openai", "openai-cl100k"]


def sample(kind: str) -> str:
    return (SAMPLES / f"{kind}.txt").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    estimate.cache_clear()
    tokens._ctok.cache_clear()
    yield
    estimate.cache_clear()
    tokens._ctok.cache_clear()


@pytest.fixture
def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the optional tokenizers."""
    original = builtins.__import__

    def refuse(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name.partition(".")[0] in ("ctok", "tiktoken"):
            raise ImportError(name)
        return original(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    tokens._encoding.cache_clear()


@pytest.mark.usefixtures("without_extras")
class TestEstimates:
    @pytest.mark.parametrize("tokenizer", TOKENIZERS)
    @pytest.mark.parametrize("kind", RECORDED)
    def test_are_within_a_fifth_of_the_recorded_count(self, kind: str, tokenizer: str) -> None:
        found = estimate(sample(kind), tokenizer)
        assert not found.exact
        assert found.tokens == pytest.approx(RECORDED[kind][tokenizer], rel=0.2)

    @pytest.mark.parametrize("tokenizer", TOKENIZERS)
    @pytest.mark.parametrize("kind", RECORDED)
    def test_have_a_low_figure_below_the_recorded_count(self, kind: str, tokenizer: str) -> None:
        found = estimate(sample(kind), tokenizer)
        assert 0 < found.low < found.tokens
        assert found.low <= RECORDED[kind][tokenizer]

    @pytest.mark.parametrize(
        ("kind", "tokenizer", "ratio"),
        [
            ("markup", "claude-4.7", 2.53),
            ("markup", "claude-3", 3.41),
            ("python", "claude-4.7", 2.79),
            ("python", "claude-3", 3.60),
            ("json", "claude-4.7", 2.38),
            ("json", "claude-3", 2.85),
            ("yaml", "claude-4.7", 2.41),
            ("yaml", "claude-3", 3.24),
        ],
    )
    def test_use_the_measured_characters_per_token(self, kind: str, tokenizer: str, ratio: float) -> None:
        text = "[a](https://x.y/z?a=1&b=2) `f(x)` | 10:30 | **b** {c}\n" * 60 if kind == "markup" else sample(kind)
        assert kind_of(text) == kind
        assert len(text) / estimate(text, tokenizer).tokens == pytest.approx(ratio, rel=0.01)

    def test_of_the_newer_claude_tokenizer_are_about_30_percent_higher(self) -> None:
        text = sample("python")
        assert estimate(text, "claude-4.7").tokens / estimate(text, "claude-3").tokens == pytest.approx(1.3, abs=0.1)

    def test_of_scripts_other_than_latin_are_far_above_a_quarter_of_the_characters(self) -> None:
        chinese = "请根据以下条款回答客户的问题。" * 50
        russian = "Ответьте на вопрос клиента по следующим правилам. " * 50
        for text, most in ((chinese, 1.7), (russian, 4.0)):
            for tokenizer in TOKENIZERS:
                found = estimate(text, tokenizer)
                assert found.low <= found.tokens
                assert len(text) / found.tokens < most

    def test_of_mixed_text_lie_between_those_of_its_parts(self) -> None:
        english, chinese = sample("prose"), "请根据以下条款回答客户的问题。" * 50
        parts = estimate(english, "claude-4.7").tokens + estimate(chinese, "claude-4.7").tokens
        assert estimate(english + chinese, "claude-4.7").tokens == pytest.approx(parts, rel=0.1)

    @pytest.mark.parametrize("tokenizer", ["claude-4.7", "claude-3"])
    def test_of_korean_are_above_one_token_a_character(self, tokenizer: str) -> None:
        korean = "고객의질문에다음규칙에따라답하십시오" * 50
        assert len(korean) / estimate(korean, tokenizer).tokens == pytest.approx(0.75, abs=0.01)
        assert estimate(korean, tokenizer).low == len(korean)

    def test_of_latin_text_with_accents_are_higher_and_as_careful(self) -> None:
        plain = "Odpowiedz na pytanie klienta wedlug zasad, ktore sa nizej. " * 40
        polish = "Odpowiedz na pytanie klienta według zasad, które są niżej. " * 40
        for tokenizer in ("claude-4.7", "claude-3"):
            assert estimate(polish, tokenizer).tokens == pytest.approx(1.15 * estimate(plain, tokenizer).tokens, rel=0.01)
            assert estimate(polish, tokenizer).low == estimate(plain, tokenizer).low
        assert estimate(polish, "openai") == estimate(plain, "openai")
        english = plain + "A café is a place to sit. "
        assert estimate(english, "claude-3").tokens == pytest.approx(estimate(plain, "claude-3").tokens, rel=0.02)

    def test_of_nothing_are_nothing(self) -> None:
        assert estimate("", "claude-4.7") == TokenEstimate(0, 0, True)
        assert estimate("a", "claude-4.7").tokens == 1


def test_an_unknown_tokenizer_is_an_error() -> None:
    with pytest.raises(KeyError):
        estimate("text", "wordpiece")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Answer the question.", "prose"),
        ("Answer in JSON.\n\nBe brief.\nNever guess.\n- one\n- two", "markup"),
        ('{"name": "find"}', "json"),
        ('[{"role": "user"}]', "json"),
        ("[1, 2, 3]", "json"),
        ("[INST] Answer the question about the text [/INST] and be brief", "prose"),
        ("{name}, answer the question {question}", "markup"),
        ("def f(x):\n    y = x + 1\n    return y\n", "python"),
        ("a: 1\nb:\n  - c\n  - d\ne: text\nf: 2\n", "yaml"),
        ("", "prose"),
    ],
)
def test_kinds_of_text(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize("kind", RECORDED)
@pytest.mark.parametrize("tokenizer", ["claude-4.7", "claude-3"])
def test_claude_is_counted_exactly_where_ctok_is_installed(kind: str, tokenizer: str) -> None:
    pytest.importorskip("ctok")
    count = RECORDED[kind][tokenizer]
    assert estimate(sample(kind), tokenizer) == TokenEstimate(count, count, True)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def fresh_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """tiktoken as in a new process: it keeps the encodings that it has loaded."""
    registry = pytest.importorskip("tiktoken.registry")
    monkeypatch.setattr(registry, "ENCODINGS", {})
    tokens._encoding.cache_clear()


@pytest.mark.usefixtures("no_network", "fresh_tiktoken")
def test_openai_is_estimated_where_no_table_is_on_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    load = pytest.importorskip("tiktoken.load")
    fetch = load.read_file
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert not estimate(sample("prose"), "openai").exact
    assert load.read_file is fetch


@pytest.mark.usefixtures("no_network", "fresh_tiktoken")
def test_a_broken_table_is_not_downloaded_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    address = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    (tmp_path / hashlib.sha1(address.encode()).hexdigest()).write_bytes(b"broken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert not estimate(sample("prose"), "openai").exact


@pytest.mark.usefixtures("no_network", "fresh_tiktoken")
@pytest.mark.parametrize("tokenizer", ["openai", "openai-cl100k"])
def test_openai_is_counted_exactly_where_the_tables_are_on_the_machine(monkeypatch: pytest.MonkeyPatch, tokenizer: str) -> None:
    litellm = importlib.util.find_spec("litellm")
    if litellm is None or litellm.origin is None:
        pytest.skip("no copy of tiktoken's tables here; litellm ships one")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(Path(litellm.origin).parent / "litellm_core_utils" / "tokenizers"))
    for kind, recorded in RECORDED.items():
        assert estimate(sample(kind), tokenizer) == TokenEstimate(recorded[tokenizer], recorded[tokenizer], True)


def test_very_long_texts_are_estimated_at_once() -> None:
    assert not estimate(sample("prose") * 200, "claude-4.7").exact
