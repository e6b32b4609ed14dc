"""Every key of the configuration explained once: `llmlint config` and docs/configuration.md are made from this."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmlint.config.globs import PathGlob
from llmlint.config.schema import CLIENT_KEYS, PRICE_KEYS
from llmlint.output_formats import OUTPUT_FORMATS
from llmlint.sdks import LIKE

if TYPE_CHECKING:
    from llmlint.config.selection import RuleInfo
    from llmlint.config.settings import Settings


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One key. `type`, `default` and `example` are as TOML has them; `option` is the option of the command line, if there is one."""

    key: str
    type: str
    default: str
    text: str
    example: str
    option: str | None = None


SETTINGS: tuple[SettingDoc, ...] = (
    SettingDoc(
        "select",
        "list of rules",
        "all rules that are on by default",
        "The rules that are on. A rule is named by its code (`LLM101`), its name (`uncached-system-prompt`), the start of a code "
        "(`LLM1`, `LLM`) or `ALL`. Where `select` and `ignore` both name a rule, the more specific selector wins; on a tie, `ignore` wins.",
        'select = ["LLM1", "LLM204"]',
        "--select",
    ),
    SettingDoc("ignore", "list of rules", "[]", "Rules that are off.", 'ignore = ["LLM201"]', "--ignore"),
    SettingDoc(
        "extend-select",
        "list of rules",
        "[]",
        "Rules that are on besides those of `select`, or besides the default ones.",
        'extend-select = ["LLM302"]',
        "--extend-select",
    ),
    SettingDoc(
        "extend-ignore",
        "list of rules",
        "[]",
        "Rules that are off besides those of `ignore`.",
        'extend-ignore = ["LLM3"]',
        "--extend-ignore",
    ),
    SettingDoc(
        "exclude",
        "list of patterns",
        "ruff's default list",
        "Files and folders that are not read. A pattern without a slash is compared with names, one with a slash with the path from the "
        "folder of the configuration file. Files named on the command line are read all the same, unless `force-exclude` is set.",
        'exclude = ["generated", "src/vendor/*"]',
        "--exclude",
    ),
    SettingDoc(
        "extend-exclude",
        "list of patterns",
        "[]",
        "Patterns besides those of `exclude`.",
        'extend-exclude = ["fixtures"]',
        "--extend-exclude",
    ),
    SettingDoc(
        "force-exclude",
        "boolean",
        "false",
        "Whether `exclude` holds for files named on the command line too, as pre-commit names them.",
        "force-exclude = true",
        "--force-exclude",
    ),
    SettingDoc(
        "respect-gitignore",
        "boolean",
        "true",
        "Whether files that git ignores are left out.",
        "respect-gitignore = false",
        "--respect-gitignore",
    ),
    SettingDoc(
        "per-file-ignores",
        "table of patterns to lists of rules",
        "{}",
        "Rules that are off in the files that a pattern names; a pattern behind `!` means all other files.",
        'per-file-ignores = { "evals/*" = ["LLM3"], "!src/*" = ["LLM201"] }',
        "--per-file-ignores PATTERN:RULE",
    ),
    SettingDoc(
        "extend-per-file-ignores",
        "table of patterns to lists of rules",
        "{}",
        "Entries besides those of `per-file-ignores`.",
        'extend-per-file-ignores = { "notebooks/*" = ["LLM201"] }',
        "--extend-per-file-ignores PATTERN:RULE",
    ),
    SettingDoc(
        "fixable", "list of rules", '["ALL"]', "The rules whose fixes may be applied.", 'fixable = ["LLM101"]', "--fixable"
    ),
    SettingDoc("unfixable", "list of rules", "[]", "Rules whose fixes are not applied.", 'unfixable = ["LLM201"]', "--unfixable"),
    SettingDoc(
        "min-confidence",
        '"low", "medium" or "high"',
        '"medium"',
        "Findings of less confidence are not shown, fixed or counted.",
        'min-confidence = "high"',
        "--min-confidence",
    ),
    SettingDoc(
        "unsafe-fixes", "boolean", "false", "Whether `--fix` applies unsafe fixes too.", "unsafe-fixes = true", "--unsafe-fixes"
    ),
    SettingDoc(
        "output-format",
        ", ".join(f'"{name}"' for name in list(OUTPUT_FORMATS)[:-1]) + f' or "{list(OUTPUT_FORMATS)[-1]}"',
        '"text"',
        "How findings are written. The setting that holds for the working directory counts.\n\n"
        + "\n".join(f"- `{name}`: {text}" for name, text in OUTPUT_FORMATS.items()),
        'output-format = "concise"',
        "--output-format",
    ),
    SettingDoc(
        "batch-module",
        "name of a module",
        '"llm_batches"',
        "The module that fixes of LLM301 and LLM302 import the batching client from, and create once if it is not there. A name without dots is "
        "looked for, and created, where the files that use it can import it: in the package that they belong to, or beside them. A name with "
        "dots is imported as it stands; the folder that it names must be there.",
        'batch-module = "shop.llm.batches"',
    ),
    SettingDoc(
        "extend",
        "path",
        "none",
        "Another configuration file whose settings hold where this one has none; relative to this file, and `~` and variables are expanded. "
        "The lists of `extend-select`, `ignore`, `extend-ignore`, `unfixable`, `extend-exclude` and `extend-per-file-ignores` add to those of "
        "that file; a `select` of this file takes the place of all that the other says about rules. Patterns are relative to the file "
        "that they stand in.",
        'extend = "../llmlint.toml"',
    ),
    SettingDoc(
        "required-version",
        "version",
        "none",
        "The versions of llmlint that may use this file: one version, or specifiers with commas between. With another version, llmlint ends "
        "with an error.",
        'required-version = ">=0.1, <2"',
    ),
    SettingDoc(
        "root",
        "boolean",
        "false",
        "Whether the folder of this file is a project of its own, though it lies in another: what the code around it does is not looked at. For "
        "examples, and for services that share nothing but a repository.",
        "root = true",
    ),
    SettingDoc(
        "calls-per-day",
        "table of patterns to numbers",
        "{}",
        "How often each call site of the files that a pattern names runs in a day; of several patterns the last one holds. Reports then say "
        "what a finding costs in a month, and rank by that. Without it nothing is said about volumes.",
        'calls-per-day = { "src/chat/*" = 20_000, "jobs/*" = 500 }',
    ),
    SettingDoc(
        "prices",
        "table of models to prices",
        "{}",
        "Prices that you pay, in USD per million tokens, in place of those of the catalogue: `input`, `output`, `cache-read`, `cache-write` "
        "(five minutes), `batch-input` and `batch-output`, by the name of the model. What is left out stays as it is.",
        '[tool.llmlint.prices]\n"claude-haiku-5-5" = { input = 0.08, output = 0.4, cache-read = 0.008 }',
    ),
    SettingDoc(
        "clients",
        "table of clients",
        "{}",
        "A company's own clients and wrappers, which llmlint cannot know or read: an installed package, or code behind which requests go "
        "another way than through an SDK. An entry is named by the qualified name of a class (with `method`) or of a function (without). Its calls "
        "then count as LLM calls, in place of those inside it.\n\n"
        "- `method`: the method that sends a request, or a list of them; `chat.send` for a method of an attribute.\n"
        "- `model`, `system`, `messages`, `tools`, `max-tokens`: what the arguments are called, of the call or of the client's construction, where "
        "they are not called `model`, `system`, `messages`, `tools` and `max_tokens`. Messages are a text, or a list of messages with roles.\n"
        "- `positional`: the names of the arguments that can be given without a keyword, in order.\n"
        '- `like`: the SDK whose API the client passes requests on to (`"anthropic"`, `"openai"`, `"litellm"`, `"google"`, `"mistral"` or '
        '`"cohere"`): how tokens are counted and prompts are cached. Without it, nothing is said about caching.\n'
        "- `caching`: false where the client drops `cache_control` and `prompt_cache_key`, so that rules on caching do not apply.\n"
        "- `batches`: true where it offers a batch API too; then loops over its calls are reported (LLM301, LLM302).\n\n"
        "Findings about such clients have at most medium confidence, and no fixes. Descriptions hold for the whole program: where several "
        "configuration files describe one client, that of the outermost folder counts.",
        '[tool.llmlint.clients."acme.llm.Gateway"]\nmethod = "ask"\nlike = "openai"\nsystem = "instructions"\nmessages = "question"\n'
        'positional = ["question"]\nbatches = true',
    ),
    SettingDoc(
        "thresholds.cache-margin",
        "number, at least 1",
        "1.25",
        "A prompt is reported as uncached from this many times the model's cacheable minimum on. Token counts are estimates "
        "that can be off by a quarter; of plain prose, which is estimated more closely, less is enough.",
        "[tool.llmlint.thresholds]\ncache-margin = 1.5",
    ),
    SettingDoc(
        "thresholds.min-fan-out",
        "whole number, at least 1",
        "4",
        "Loops and fan-outs over fewer items than this, where their number is known, are not worth a batch.",
        "[tool.llmlint.thresholds]\nmin-fan-out = 10",
    ),
    SettingDoc(
        "thresholds.superseded-ratio",
        "number, at least 1",
        "2",
        "A model is reported as superseded (LLM203) where the same text costs at least this many times what it does on its successor, for "
        "input and for output. 1 reports every model whose successor costs less.",
        "[tool.llmlint.thresholds]\nsuperseded-ratio = 1.2",
    ),
)


def setting_text(setting: SettingDoc) -> str:
    """One key as a person reads it in a terminal."""
    option = f"Command line: {setting.option}\n" if setting.option else ""
    return f"{setting.text}\n\nType: {setting.type}\nDefault: {setting.default}\n{option}Example:\n{_indented(setting.example)}"


def setting_json(setting: SettingDoc) -> dict[str, str | None]:
    return {
        "key": setting.key,
        "type": setting.type,
        "default": setting.default,
        "option": setting.option,
        "explanation": setting.text,
        "example": setting.example,
    }


def settings_markdown(settings: Iterable[SettingDoc]) -> str:
    """The keys as sections of docs/configuration.md."""
    parts = []
    for setting in settings:
        default = setting.default if setting.default[0].isalpha() and " " in setting.default else f"`{setting.default}`"
        option = f" On the command line: `{setting.option}`." if setting.option else ""
        example = setting.example if setting.example.startswith("[") else f"[tool.llmlint]\n{setting.example}"
        parts.append(
            f"### `{setting.key}`\n\n{setting.text}\n\nType: {setting.type}. Default: {default}.{option}\n\n```toml\n{example}\n```\n"
        )
    return "\n".join(parts)


def settings_text(settings: Settings, path: str | None) -> str:
    """The settings that hold for a file, in the form of a configuration file."""
    table: dict[str, object] = {}
    for field, value in settings._asdict().items():
        key = "select" if field == "enabled" else field.replace("_", "-")
        if field in ("root", "source"):
            continue
        if field == "per_file_ignores":
            table[key] = {f"{'!' if each.negated else ''}{each.glob.pattern}": sorted(each.codes) for each in value}
        elif field == "volumes":
            table["calls-per-day"] = {each.glob.pattern: each.calls for each in value}
        elif field in ("prices", "clients"):
            table[key] = {name: dict(own) for name, own in value}
        elif hasattr(value, "_asdict"):
            table |= {f"{key}.{name.replace('_', '-')}": inner for name, inner in value._asdict().items()}
        else:
            table[key] = value
    head = [
        f"# Settings for: {path or 'this folder'}",
        f"# Configuration file: {settings.source or 'none'}",
        f"# Patterns are relative to: {settings.root}",
        "",
    ]
    return "".join(f"{line}\n" for line in [*head, *(f"{key} = {_toml(value)}" for key, value in table.items())])


def _toml(value: object) -> str:
    if isinstance(value, enum.Enum):
        return _toml(value.name.lower())
    if isinstance(value, PathGlob):
        return _toml(value.pattern)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + " }" if value else "{}"
    if isinstance(value, frozenset):
        return _toml(sorted(value))
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # Of texts, numbers and truth values, JSON has the form that TOML has.
    return json.dumps(value, ensure_ascii=False)


def schema_text(rules: Iterable[RuleInfo]) -> str:
    """The JSON schema of llmlint.toml, and of the table `[tool.llmlint]`."""
    known = list(rules)
    prefixes = {rule.code[:length] for rule in known for length in range(3, len(rule.code))}
    names = ["ALL", *sorted(prefixes), *(each for rule in known for each in (rule.code, rule.name))]
    properties: dict[str, object] = {}
    tables: dict[str, dict[str, object]] = {}
    for setting in SETTINGS:
        table, dot, key = setting.key.partition(".")
        own = {"description": setting.text, **_schema_of(setting.type)}
        if dot:
            tables.setdefault(table, {})[key] = own
        else:
            properties[setting.key] = own
    for table, inner in tables.items():
        properties[table] = {"type": "object", "additionalProperties": False, "properties": inner}
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://raw.githubusercontent.com/llmlint/llmlint/main/docs/llmlint.schema.json",
        "title": "Settings of llmlint",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "definitions": {"rule": {"type": "string", "enum": names}},
    }
    return json.dumps(document, indent=2) + "\n"


def _schema_of(kind: str) -> dict[str, object]:
    """The schema of a type as `SettingDoc.type` names it."""
    rules: dict[str, object] = {"type": "array", "items": {"$ref": "#/definitions/rule"}}
    name: dict[str, object] = {"type": "string", "pattern": r"^[^\W\d]\w*$"}
    path: dict[str, object] = {"type": "string", "pattern": r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"}
    known: dict[str, dict[str, object]] = {
        "list of rules": rules,
        "list of patterns": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "table of patterns to lists of rules": {"type": "object", "additionalProperties": rules},
        "table of patterns to numbers": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "table of models to prices": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {key: {"type": "number", "minimum": 0} for key in PRICE_KEYS},
            },
        },
        "table of clients": {
            "type": "object",
            "propertyNames": {"pattern": r"^[^\W\d]\w*(\.[^\W\d]\w*)+$"},
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {key: _schema_of(type_) for key, type_ in CLIENT_KEYS.items()},
            },
        }
        if kind == "table of clients"
        else {},
        "name of an SDK": {"enum": list(LIKE)},
        "name": name,
        "list of names": {"type": "array", "items": name},
        "name or list of names": {"anyOf": [path, {"type": "array", "items": path, "minItems": 1}]},
        "boolean": {"type": "boolean"},
        "path": {"type": "string", "minLength": 1},
        "version": {"type": "string", "minLength": 1},
        "string": {"type": "string"},
        "name of a module": {"type": "string", "pattern": r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"},
        "number, at least 1": {"type": "number", "minimum": 1},
        "whole number, at least 1": {"type": "integer", "minimum": 1},
    }
    return {"enum": re.findall(r'"([^"]+)"', kind)} if kind.startswith('"') else known.get(kind, {})


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
