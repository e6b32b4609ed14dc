"""Model names as programs spell them: what they name, on which platform, and how the same place would spell another model.

Spellings were collected on 2026-11-22 from the SDKs' type lists and constants, provider and OpenRouter pages, and the price list
of litellm 1.106.2. Names that people make up (Azure deployments, proxy aliases, application inference profiles) are not models
to this module, unless they are exactly a model's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmlint.catalog.models import Model

_FAMILIES = "opus|sonnet|haiku|fable|mythos"
_CLAUDE = re.compile(
    rf"claude-(?P<family>{_FAMILIES})-(?P<major>\d{{1,2}})(?:(?P<mark>[.-])(?P<minor>\d{{1,2}}))?(?:-\d{{8}})?(?:-latest)?"
)
_CLAUDE_VERSION_FIRST = re.compile(
    rf"claude-(?P<major>\d)(?:(?P<mark>[.-])(?P<minor>\d))?-(?P<family>{_FAMILIES})(?:-\d{{8}})?(?:-latest)?"
)
_CLAUDE_FIRST = re.compile(r"claude-(?P<instant>instant-)?v?(?P<major>[12])(?:[.:](?P<minor>\d))?(?::\d+k)?(?:-100k)?")
_CLAUDE_FLOATING = re.compile(rf"claude-(?P<family>{_FAMILIES})-latest")
# A family that is not known yet, where the prefix says that it is Anthropic's.
_CLAUDE_UNKNOWN = re.compile(r"claude-[a-z]+-\d{1,2}(?:[.-]\d{1,2})?(?:-\d{8})?")
_BEDROCK_VERSION = re.compile(r"-v\d(?::\d(?::\d+k)?)?$")
_VARIANT = re.compile(r"(?::(?P<colon>batch|thinking|beta|free|extended|nitro|floor|online|exacto|fast|1m)|\[(?P<bracket>1m)\])$")
_CLAUDE_VARIANT = re.compile(r"-(?P<dash>fast|thinking|think)$")

_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_DASHED_VERSION = re.compile(r"^gpt-([5-9])-(\d)(?=-|$)")
_OPENAI_WORD = (
    r"mini|nano|pro|turbo|instruct|preview|chat|codex|max|latest|search|api|audio|realtime|vision|transcribe|diarize|tts|image"
    r"|sol|terra|luna|astra|law|cyber|research|discovery|deep|high|medium|low|completions|16k|32k|0125|0301|0314|0613|0914|1106"
)
_OPENAI = re.compile(
    r"(?:gpt-(?:3\.5-turbo|35-turbo|4o|[4-9](?:\.\d)?|1\d(?:\.\d)?)|chatgpt-4o|o[1-9]|codex-mini|gpt-chat"
    rf"|gpt-(?:6-)?rosalind)(?:-(?:{_OPENAI_WORD}))*(?:-\d{{4}}-\d{{2}}-\d{{2}})?|chat-latest"
    r"|(?:text-(?:davinci|curie|babbage|ada)|code-(?:davinci|cushman))-00\d"
)

_GEMINI = re.compile(
    r"gemini-(?:pro|flash(?:-lite)?)-latest|gemini-pro|gemini-\d(?:\.\d)?-(?:pro|flash|argon)(?:-(?:lite|8b|preview|latest|exp|\d+))*"
)
_GEMINI_PREFIX = re.compile(
    r"(?:google-gla:|google-vertex:|google_genai:|google_vertexai:|gemini/|google/|vertex_ai/|openrouter/google/|models/)+"
)

_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:(?:inference-profile|foundation-model)/")
_VERTEX_PATH = re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?publishers/anthropic/models/")
_COLON_PREFIX = re.compile(
    r"(?P<router>anthropic|openai|openai-chat|openai-responses|bedrock|bedrock_converse|azure|azure_openai|openrouter|vertex"
    r"|google-vertex|google_vertexai|google_anthropic_vertex):(?:(?:chat|messages|responses):)?"
)
_BEDROCK_PREFIX = re.compile(r"(?:(?:us|eu|apac|au|jp|us-gov|global|ca|sa|me|af|in|uk|kr|il)\.)?(?P<vendor>anthropic|openai)\.")
_DATABRICKS_PREFIX = re.compile(r"databricks-(?=claude-|gpt-)|system\.ai\.(?=claude-|gpt-)")
# What stands between a router's name and the model's in litellm's names.
_ROUTE_STEP = re.compile(
    r"anthropic|openai|bedrock|converse|invoke|responses|chat|us|us-gov|eu|apac|global|global-standard|[a-z]{2}(?:-gov)?-[a-z]+-\d|\d-month-commitment"
)
_ROUTERS = {
    "anthropic": "anthropic",
    "openai": "openai",
    "text-completion-openai": "openai",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "bedrock_mantle": "bedrock",
    "vertex_ai": "vertex",
    "vertex_ai_beta": "vertex",
    "azure": "azure",
    "azure_ai": "foundry",
    "openrouter": "openrouter",
    "databricks": "databricks",
} | dict.fromkeys(
    (
        "aihubmix",
        "chatgpt",
        "copilot",
        "deepinfra",
        "github",
        "github_copilot",
        "gmi",
        "gradient_ai",
        "helicone",
        "heroku",
        "litellm_proxy",
        "perplexity",
        "poe",
        "replicate",
        "requesty",
        "snowflake",
        "vercel_ai_gateway",
    ),
    "gateway",
)
_COLON_ROUTERS = {
    "openai-chat": "openai",
    "openai-responses": "openai",
    "azure_openai": "azure",
    "vertex": "vertex",
    "google-vertex": "vertex",
    "google_vertexai": "vertex",
    "google_anthropic_vertex": "vertex",
}

# Bedrock put -v1:0 behind dated names until Opus 4.5, -v1 behind Opus 4.6, and nothing since (model cards, November 2026).
_BEDROCK_ENDINGS = {"claude-opus-4-6": "-v1"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """A model name taken apart, whether or not the catalogue knows the model.

    `keys` are what to look it up by, best first. `prefix` is all that stands before the model's own name. `style` says how
    versions are written: `dashed`, `dotted`, or `either` where the name does not show it. `tail` is `@…` as on Vertex.
    """

    vendor: str
    platform: str
    prefix: str
    keys: tuple[str, ...]
    style: str = "dashed"
    tail: str = ""
    variant: str | None = None
    is_version_first: bool = False
    is_fine_tuned: bool = False


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A spelling that names a model of the catalogue.

    `platform`: `anthropic`, `openai`, `bedrock`, `vertex`, `foundry`, `azure`, `openrouter`, `databricks`, or `gateway` (another
    router). `variant` is a mode that the name asks for (`batch`, `thinking`, `fast`, `1m`, …): list prices may not hold for it.
    `is_fine_tuned`: a model trained from `model`, with prices of its own.
    """

    model: Model
    spelling: str
    platform: str
    variant: str | None
    is_fine_tuned: bool
    parts: Spelling

    def respell(self, target: Model) -> str | None:
        """The target's name in the same place and manner; None where that is not known."""
        if target.vendor != self.model.vendor or self.is_fine_tuned or self.variant is not None:
            return None
        if target.vendor not in ("anthropic", "openai"):
            return None  # What its requests may hold is not in the catalogue.
        name = _openai_name(self.parts, target) if target.vendor == "openai" else _claude_name(self.parts, target)
        return None if name is None else self.parts.prefix.removeprefix("~") + name


def vendor_of(spelling: str) -> str | None:
    """`anthropic`, `openai` or `google` where the name can only be one of their models, even one that the catalogue lacks; else None."""
    parts = parse(spelling)
    return parts.vendor if parts else None


def is_claude(spelling: str) -> bool:
    """Whether the name can only be a Claude model, of whatever version and on whatever platform."""
    return vendor_of(spelling) == "anthropic"


@lru_cache(maxsize=1024)
def parse(spelling: str) -> Spelling | None:
    """Take a name apart; None where it is no name of a text model of these vendors."""
    if not spelling or len(spelling) > 300 or any(character.isspace() for character in spelling):
        return None
    if "gemini-" in spelling:
        return _parse_gemini(spelling)
    platform, prefix, name = _split_prefix(spelling)
    if platform is None:
        return None
    if "claude-" in name:
        return _parse_claude(platform, prefix, name)
    return _parse_openai(platform, prefix, name)


def _parse_gemini(spelling: str) -> Spelling | None:
    found = _GEMINI_PREFIX.match(spelling)
    prefix = found[0] if found else ""
    name = spelling[len(prefix) :]
    if not _GEMINI.fullmatch(name):
        return None
    platform = "vertex" if "vertex" in prefix else "openrouter" if prefix in ("google/", "openrouter/google/") else "google"
    return Spelling("google", platform, prefix, (name,))


def claude_key(model_id: str) -> str:
    """What a Claude id of the catalogue is looked up by: `opus-4.5`, `claude-2.1`, or the id where it has no version."""
    parts = parse(model_id)
    return parts.keys[0] if parts else model_id


def _split_prefix(spelling: str) -> tuple[str | None, str, str]:
    """Platform (`` where nothing tells, None where it cannot be a model), everything before the name, and the name."""
    name = spelling
    platform = ""
    if colon := _COLON_PREFIX.match(name):
        router = colon["router"]
        platform = _COLON_ROUTERS.get(router) or _ROUTERS[router]
        name = name[colon.end() :]
    if vertex := _VERTEX_PATH.match(name):
        platform = "vertex"
        name = name[vertex.end() :]
    is_arn = False
    if "/" in name:
        route, _, last = name.rpartition("/")
        if arn := _ARN.search(name):
            is_arn = arn.end() == len(route) + 1
            route = name[: arn.start()].rstrip("/")
        router, *steps = route.removeprefix("~").split("/") if route else [""]
        if router:
            if router not in _ROUTERS or not all(_ROUTE_STEP.fullmatch(step) or step in _ROUTERS for step in steps):
                return None, "", ""
            platform = _ROUTERS[router]
            if router in ("anthropic", "openai") and route.startswith("~"):
                platform = "openrouter"
        elif not is_arn:
            return None, "", ""
        name = last
    if is_arn:
        platform = "bedrock"
    if bedrock := _BEDROCK_PREFIX.match(name):
        platform = "bedrock"
        name = name[bedrock.end() :]
    elif databricks := _DATABRICKS_PREFIX.match(name):
        platform = "databricks"
        name = name[databricks.end() :]
    elif platform == "gateway":
        name = name.removeprefix("anthropic-")
    return platform, spelling[: len(spelling) - len(name)], name


def _parse_claude(platform: str, prefix: str, name: str) -> Spelling | None:
    variant = None
    if found := _VARIANT.search(name):
        variant = found["colon"] or found["bracket"]
        name = name[: found.start()]
    if first := _CLAUDE_FIRST.fullmatch(name):
        key = "claude-instant-1.2" if first["instant"] else "claude-1.3"
        if first["major"] == "2" and not first["instant"]:
            key = f"claude-2.{first['minor'] or 0}"
        return Spelling("anthropic", platform or "anthropic", prefix, (key,), variant=variant)
    if found := _CLAUDE_VARIANT.search(name):
        variant = {"think": "thinking"}.get(found["dash"], found["dash"])
        name = name[: found.start()]
    name, at, date = name.partition("@")
    if at:
        if not re.fullmatch(r"\d{8}|default|latest", date):
            return None
        platform = platform or "vertex"
    if found := _BEDROCK_VERSION.search(name):
        platform = platform or "bedrock"
        name = name[: found.start()]
    keys: tuple[str, ...] = ()
    match = _CLAUDE.fullmatch(name) or _CLAUDE_VERSION_FIRST.fullmatch(name)
    if match:
        keys = (f"{match['family']}-{match['major']}.{match['minor'] or 0}",)
        style = {"-": "dashed", ".": "dotted", None: "either"}[match["mark"]]
        if style == "either" and re.search(r"-\d{8}$", name):
            style = "dashed"
    elif floating := _CLAUDE_FLOATING.fullmatch(name):
        keys, style = (f"{floating['family']}-latest",), "either"
    elif name == "claude-mythos-preview":
        keys, style = (name,), "either"
    elif "anthropic" in prefix and _CLAUDE_UNKNOWN.fullmatch(name):
        style = "either"
    else:
        return None
    if not platform:
        platform = "gateway" if style == "dotted" else "anthropic"
    elif platform == "anthropic" and (style == "dotted" or (prefix.endswith("/") and variant is not None)):
        platform = "openrouter"
    return Spelling(
        "anthropic",
        platform,
        prefix,
        keys,
        style,
        at + date,
        variant,
        is_version_first=bool(match and match.re is _CLAUDE_VERSION_FIRST),
    )


def _parse_openai(platform: str, prefix: str, name: str) -> Spelling | None:
    is_fine_tuned = False
    variant = None
    if name.startswith("ft:"):
        is_fine_tuned = True
        name = name.split(":")[1]
    elif ".ft-" in name:
        is_fine_tuned = True
        name = name.partition(".ft-")[0]
    elif found := _VARIANT.search(name):
        variant = found["colon"] or found["bracket"]
        name = name[: found.start()]
    dotted = _DASHED_VERSION.sub(r"gpt-\1.\2", name)
    if not _OPENAI.fullmatch(dotted):
        return None
    keys = (dotted, _DATE.sub("", dotted))
    platform = {"": "openai", "foundry": "azure"}.get(platform, platform)
    if name.startswith("gpt-35"):  # Only Azure spells it without the dot.
        platform = "azure"
    return Spelling("openai", platform, prefix, tuple(dict.fromkeys(keys)), variant=variant, is_fine_tuned=is_fine_tuned)


def _openai_name(parts: Spelling, target: Model) -> str | None:
    if parts.platform == "databricks":
        return target.id.replace(".", "-")
    # An Azure name is a deployment that its owner must make first; which GPT models Bedrock serves is not in the catalogue.
    return None if parts.platform in ("azure", "bedrock", "vertex") else target.id


def _claude_name(parts: Spelling, target: Model) -> str | None:
    if not _CLAUDE.fullmatch(target.id) and target.id != "claude-mythos-preview":
        return None  # Claude 3 and older had dated names only, and are all retired.
    if parts.platform == "bedrock":
        if "commitment" in parts.prefix:
            return None
        if target.snapshot and "bedrock_mantle/" not in parts.prefix:
            return f"{target.id}-{target.snapshot}-v1:0"
        return target.id + _BEDROCK_ENDINGS.get(target.id, "")
    if parts.platform == "vertex":
        if parts.tail == "@default":
            return f"{target.id}@default"
        return f"{target.id}@{target.snapshot}" if target.snapshot else target.id
    if parts.platform in ("databricks", "foundry"):
        return target.id
    dotted = re.sub(r"-(\d+)-(\d+)$", r"-\1.\2", target.id)
    if parts.platform == "openrouter":
        return dotted
    if parts.is_version_first and parts.platform == "gateway":
        return None
    if parts.style == "dotted":
        return dotted
    if parts.style == "dashed" or not parts.prefix.endswith("/") or dotted == target.id:
        return target.id
    return None  # `anthropic/claude-opus-5` is both litellm's and OpenRouter's name, and they write versions differently.
