"""How many tokens a text is, without a network: estimated by the kind of text, or counted where a tokenizer is installed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

# Characters per token by tokenizer and kind of text: the mean, and the 95th percentile (the larger of two measurements).
# "prose" is plain sentences, as most prompts are: at least `_PLAIN` of it letters and blanks. "markup" is all other text:
# markdown with code, links and tables. The share of letters predicts the ratio well, prompts and README files alike.
# Claude: ctok 1.3.0 over 187 files of public repositories (2026-11-22) and, for prose, 129 texts among 170 prompts and 116
# README files of 47 repositories (2026-11-23). OpenAI: tiktoken 0.14 over the files of the second day; o200k_base and
# cl100k_base differ by less than 1 % on them.
_OPENAI = {"prose": (4.86, 5.50), "markup": (3.99, 4.73), "python": (4.34, 5.18), "json": (3.59, 5.25), "yaml": (3.76, 4.75)}
_CHARACTERS = {
    "claude-4.7": {
        "prose": (3.17, 3.59),
        "markup": (2.53, 3.13),
        "python": (2.79, 3.30),
        "json": (2.38, 3.49),
        "yaml": (2.41, 3.06),
    },
    "claude-3": {
        "prose": (4.43, 5.10),
        "markup": (3.41, 4.22),
        "python": (3.60, 4.14),
        "json": (2.85, 4.61),
        "yaml": (3.24, 3.92),
    },
    "openai": _OPENAI,
    "openai-cl100k": _OPENAI,
}
_PLAIN = 0.9
_LETTERS = re.compile(r"[^\W\d_]+| +")
# The same for scripts other than Latin, as parts of a text: Chinese, Japanese and Korean ("east"), and all others ("other").
# Means over 22 and 94 samples in eight scripts, 2026-11-23, same tokenizers; the second figure is a high one within what was
# seen. Samples were few and short, so these are coarser than the Latin ones. Korean is by itself: for Claude 25 texts of three repositories
# had 0.67 to 0.69 characters of Hangul per token (ctok, 2026-11-27); the figures here are a little above that.
_FOREIGN = {
    "claude-4.7": {"hangul": (0.75, 1.00), "east": (1.10, 1.60), "other": (1.50, 2.70)},
    "claude-3": {"hangul": (0.75, 1.00), "east": (1.10, 1.60), "other": (1.50, 2.70)},
    "openai": {"hangul": (1.50, 2.10), "east": (1.50, 2.10), "other": (2.70, 4.00)},
    "openai-cl100k": {"hangul": (1.10, 1.60), "east": (1.10, 1.60), "other": (1.15, 2.60)},
}
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_EAST = re.compile("[\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_OTHER = re.compile("[\u0370-\u10ff\u1200-\u1dff\u2c00-\u2dff\ua4d0-\ua95f\ua980-\uabff\ufb1d-\ufdff\ufe70-\ufeff]")

# Latin text with accented letters, by which other languages than English show. For Claude it is more tokens than English: 1.2 to 1.3 times as
# many in the median of 16 Spanish and Portuguese texts, 1.3 to 1.5 in three Polish ones, 1.65 in 17 German ones (ctok, 2026-11-27). The
# likely number takes less than that, as one text was below the English figure, and the careful number nothing.
_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]")
_MOST_ACCENTED_IN_ENGLISH = 0.005
_MORE_FOR_ACCENTED = 1.15

# How much of a text is looked at to tell its kind, and up to what length it is counted exactly: ctok takes 3 to 5 seconds for
# a million characters, and at such lengths an estimate is off by little.
_SAMPLE = 8_000
_EXACT_LIMIT = 200_000

_JSON_START = re.compile(r"\s*(?:\{\s*(?:\"|\})|\[\s*(?:[\[{\"\]]|-?\d))")
_PYTHON_LINE = re.compile(
    r"\s*(?:(?:async )?def \w+\(|class \w+[:(]|import \w|from [\w.]+ import |return\b|@\w|self\.\w+|[\w.\[\]]+ = "
    r"|(?:if|elif|for|while|with|try|except|else)\b.*:$)"
)
_YAML_LINE = re.compile(r"\s*(?:- )?[\w.\"'/-]+:(?:\s+[^\s].{0,80})?$|\s*- [\w.\"'/-]+$|\s*#|---$")
_YAML_KEY = re.compile(r"(?m)^[ \t]*(?:- )?[\w.-]+:(?:\s|$)")


@dataclass(frozen=True, slots=True)
class TokenEstimate:
    """How many tokens a text is.

    `tokens` is the likely number and `low` a careful one: 19 of 20 measured texts of its kind had more.
    Both are the same where the text was counted (`exact`). What an API adds to a message is not part of it.
    """

    tokens: int
    low: int
    exact: bool


def kind_of(text: str) -> str:
    """`json`, `python`, `yaml`, `prose` (plain sentences) or `markup` (any other text), from the head of the text."""
    sample = text[:_SAMPLE]
    if _JSON_START.match(sample) and text.rstrip()[-1:] in ("}", "]"):
        return "json"
    lines = [line for line in sample.splitlines() if line.strip()]
    if len(lines) >= 3:
        if sum(1 for line in lines if _PYTHON_LINE.match(line)) > 0.3 * len(lines):
            return "python"
        yaml = sum(1 for line in lines if _YAML_LINE.match(line))
        if yaml > 0.7 * len(lines) and len(_YAML_KEY.findall(sample)) > 0.4 * len(lines):
            return "yaml"
    plain = sum(len(run) for run in _LETTERS.findall(sample))
    return "prose" if plain >= _PLAIN * len(sample) else "markup"


@lru_cache(maxsize=128)
def estimate(text: str, tokenizer: str) -> TokenEstimate:
    """The number of tokens of a text for a tokenizer of `Model.tokenizer`. Raises KeyError for others.

    Counted where the `tokenizers` extra is installed and the text is not very long: with ctok for Claude (an unofficial
    reconstruction that agrees with recorded counts), with tiktoken for OpenAI if its tables are on this machine already.
    """
    ratios = _CHARACTERS[tokenizer]
    if not text:
        return TokenEstimate(0, 0, True)
    if len(text) <= _EXACT_LIMIT:
        counted = _count_openai(text, tokenizer) if tokenizer.startswith("openai") else _count_claude(text, tokenizer)
        if counted is not None:
            return TokenEstimate(counted, counted, True)
    hangul = east = other = 0
    more = 1.0
    if not text.isascii():
        hangul, east, other = (len(script.findall(text)) for script in (_HANGUL, _EAST, _OTHER))
        if tokenizer.startswith("claude") and len(_ACCENTED.findall(text)) > _MOST_ACCENTED_IN_ENGLISH * len(text):
            more = _MORE_FOR_ACCENTED
    foreign = _FOREIGN[tokenizer]
    mean, high = ratios[kind_of(text)]
    parts = (
        (len(text) - hangul - east - other, (mean / more, high)),
        (hangul, foreign["hangul"]),
        (east, foreign["east"]),
        (other, foreign["other"]),
    )
    tokens = sum(characters / likely for characters, (likely, _) in parts)
    low = sum(characters / most for characters, (_, most) in parts)
    return TokenEstimate(max(1, round(tokens)), max(1, int(low)), False)


@cache
def _ctok() -> ModuleType | None:
    """The tokenizer for Claude. Where it is not installed, each attempt to import it looks through all folders of packages."""
    try:
        import ctok
    except ImportError:
        return None
    module: ModuleType = ctok
    return module


def _count_claude(text: str, tokenizer: str) -> int | None:
    ctok = _ctok()
    if ctok is None:
        return None
    # ctok counts a whole message; its frame shows as padding.
    pieces = ctok.tokenize(text, "4.8" if tokenizer == "claude-4.7" else "3.0")
    return sum(1 for piece in pieces if piece != "⟨pad⟩")


def _count_openai(text: str, tokenizer: str) -> int | None:
    name = "cl100k_base" if tokenizer == "openai-cl100k" else "o200k_base"
    encoding = _encoding(name, os.environ.get("TIKTOKEN_CACHE_DIR"))
    return None if encoding is None else len(encoding.encode(text, disallowed_special=()))


@lru_cache(maxsize=4)
def _encoding(name: str, cache_directory: str | None) -> tiktoken.Encoding | None:
    """A tiktoken encoding from files on this machine. `cache_directory` (TIKTOKEN_CACHE_DIR) is where tiktoken looks."""
    try:
        import tiktoken
        import tiktoken.load
    except ImportError:
        return None
    # tiktoken downloads a table that it does not find. A linter must not, so the download is out of reach meanwhile.
    fetch = tiktoken.load.read_file
    tiktoken.load.read_file = _refuse
    try:
        return tiktoken.get_encoding(name)
    except (OSError, ValueError):
        return None
    finally:
        tiktoken.load.read_file = fetch


def _refuse(blobpath: str) -> bytes:
    raise FileNotFoundError(blobpath)
