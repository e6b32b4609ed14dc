"""The prompt of a request, from a request body of Anthropic, OpenAI or Bedrock, or from messages as tracing tools keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llmlint.audit.fields import items, nested
from llmlint.audit.rows import Part, Prompt, part
from llmlint.request_data import SYSTEM_ROLES

_EMPTY = part("")


def prompt_of(body: Any) -> Prompt | None:
    """The prompt of a request body (`system`, `messages`, `tools`, `instructions`, `input`), or of a bare list of messages; None for others."""
    body = nested(body)
    if isinstance(body, list):
        body = {"messages": body}
    if not isinstance(body, Mapping):
        return _of_text(body) if isinstance(body, str) and body else None
    messages = nested(_first(body, "messages", "input", "prompt", "contents", "inputText"))
    if messages is None and "system" not in body and "instructions" not in body:
        return None
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    system: list[str] = []
    rest: list[tuple[str, Part]] = []
    if isinstance(first := _first(body, "system", "instructions", "system_instructions", "system_prompt"), (str, list, Mapping)):
        system.append(_text(nested(first)))
    # LangChain has one list for each request, inside of another.
    if isinstance(messages, list) and messages and all(isinstance(each, list) for each in messages):
        messages = messages[0]
    for message in messages if isinstance(messages, list) else [messages]:
        role, content = _message(message)
        if role in SYSTEM_ROLES and not rest:
            system.append(content)
        elif content or role:
            rest.append((role, part(content)))
    tools = [nested(tool) for tool in items(_first(body, "tools", "functions", "tool_definitions"))]
    config = body.get("toolConfig")
    if isinstance(config, Mapping):
        tools += [nested(tool) for tool in items(config.get("tools"))]
    written = json.dumps(tools, sort_keys=True, ensure_ascii=False) if tools else ""
    return Prompt(
        part(written) if written else _EMPTY,
        part("\n".join(filter(None, system))),
        tuple(rest),
        tuple(filter(None, map(_tool_name, tools))),
    )


def _of_text(text: str) -> Prompt:
    return Prompt(_EMPTY, _EMPTY, (("user", part(text)),))


def _first(body: Mapping[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if body.get(name) not in (None, "", [])), None)


def _message(message: Any) -> tuple[str, str]:
    message = nested(message)
    if isinstance(message, str):
        return "user", message
    if not isinstance(message, Mapping):
        return "", ""
    # LangChain's serialised messages: {"lc": 1, "id": [..., "SystemMessage"], "kwargs": {"content": …}}, or {"type": "human", "data": {…}}.
    inner = next((message[name] for name in ("kwargs", "data", "message") if isinstance(message.get(name), Mapping)), message)
    named = message.get("id")
    kind = named[-1] if isinstance(named, list) and named else inner.get("role", message.get("role", message.get("type", "user")))
    role = str(kind).lower().removesuffix("messagechunk").removesuffix("message")
    role = {"human": "user", "ai": "assistant", "model": "assistant"}.get(role, role)
    content = next((inner[name] for name in ("content", "parts", "text") if inner.get(name) is not None), "")
    calls = inner.get("tool_calls")
    return role, _text(content) + (json.dumps(calls, sort_keys=True, ensure_ascii=False) if calls else "")


def _text(content: Any) -> str:
    """The text of a content: a string, or blocks. Blocks that are no text count as their JSON, so that they can be compared."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(_text, content)))
    if isinstance(content, Mapping):
        for name in ("text", "content", "input_text"):
            if isinstance(content.get(name), (str, list)):
                return _text(content[name])
        if set(content) <= {"cachePoint", "cache_control"}:
            return ""
        return json.dumps(
            {key: content[key] for key in content if key != "cache_control"}, sort_keys=True, ensure_ascii=False, default=str
        )
    return "" if content is None else str(content)


def _tool_name(tool: Any) -> str | None:
    if not isinstance(tool, Mapping):
        return None
    for inner in (tool, tool.get("function"), tool.get("toolSpec")):
        if isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
            return str(inner["name"])
    return None
