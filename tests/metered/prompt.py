"""A request as the cache and the answers see it: a flat list of blocks, in the order tools, system, messages."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from llmlint.catalog import Model

# Characters per token, all kinds of text alike, so that a text costs the same however it is cut into blocks. Close to what was measured for
# prompts (facts of llmlint/catalog/tokens.py); the ratio of the two Claude tokenizers is the 1.3 that Anthropic states.
_CHARACTERS = {"claude-4.7": 2.9, "claude-3": 2.9 * 1.3, "openai": 4.5, "openai-cl100k": 4.5}
# What an image or another block without text counts as.
_OTHER_TOKENS = 1500


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a prompt that can carry a cache breakpoint.

    `level` is `tools`, `system` or `messages`. `turn` is the number of the message that it is in, `role` that message's role. `text` is what it says;
    `identity` all of it that counts for the cache, without its mark. `mark` is the TTL of its mark (`5m` or `1h`), None without.
    `kind` is the block's type.
    """

    level: str
    turn: int
    role: str
    kind: str
    text: str
    identity: str
    mark: str | None

    def size(self, model: Model) -> float:
        """Tokens, not rounded."""
        if self.kind in ("image", "document") and not self.text:
            return _OTHER_TOKENS
        return len(self.text) / _CHARACTERS[model.tokenizer]


def tokens_of(text: str, model: Model) -> int:
    """How many tokens a text counts as here."""
    return max(1, round(len(text) / _CHARACTERS[model.tokenizer])) if text else 0


def digest(*parts: str) -> str:
    """A short stable name of some texts."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:24]


def ttl_of(mark: object) -> str | None:
    return str(mark.get("ttl") or "5m") if isinstance(mark, dict) else None


def blocks_of(request: dict[str, Any]) -> list[Block]:
    """The blocks of a Messages request that has been validated, or of a chat request in that form."""
    found = [_block("tools", 0, "tools", tool) for tool in request.get("tools") or []]
    found += [_block("system", 0, "system", block) for block in as_blocks(request.get("system"))]
    for number, message in enumerate(request["messages"]):
        found += [_block("messages", number, message["role"], block) for block in as_blocks(message["content"])]
    return found


def as_blocks(content: object) -> list[dict[str, Any]]:
    """A string as one text block; a list as it is."""
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    assert isinstance(content, list)
    return content


def _block(level: str, turn: int, role: str, block: dict[str, Any]) -> Block:
    plain = {name: value for name, value in block.items() if name != "cache_control" and value is not None}
    kind = str(block.get("type", "custom" if level == "tools" else "text"))
    return Block(
        level, turn, role, kind, _text(level, kind, plain), json.dumps(plain, sort_keys=True), ttl_of(block.get("cache_control"))
    )


def _text(level: str, kind: str, block: dict[str, Any]) -> str:
    if level == "tools":
        return json.dumps(block, sort_keys=True)
    if kind == "text":
        return str(block["text"])
    if kind == "thinking":
        return str(block.get("thinking", ""))
    if kind == "tool_use":
        # Not the id: it is made up, and says nothing.
        return f"{block['name']} {json.dumps(block['input'], sort_keys=True)}"
    if kind == "tool_result":
        return "".join(str(inner.get("text", "")) for inner in as_blocks(block.get("content")))
    source = block.get("source")
    return str(source.get("data", "")) if isinstance(source, dict) and source.get("type") == "text" else ""
