"""What a rule is, and how rules are found: every module of this package that is named after a code registers one."""

from __future__ import annotations

import datetime
import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from llmlint import plugins
from llmlint.callsite import Request
from llmlint.catalog import Catalog
from llmlint.config.settings import BATCH_MODULE
from llmlint.findings import Applicability, Confidence, Finding, Saving
from llmlint.rules.names import is_on_by_default, rule_modules

if TYPE_CHECKING:
    from llmlint.plugins.entry_points import Entry

HEADINGS = ("What it does", "Why it costs", "Example", "Use instead", "Fix safety", "Limitations", "References")


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a rule may know besides the call: the catalogue, the settings' thresholds, and the day of the run.

    `cache_margin` is how far above a model's minimum (as a factor) an estimated prompt must be; `min_fan_out` is how many
    known items a fan-out must have; `superseded_ratio` is how many times a successor's price a model must cost.
    `codes` are the rules that run on the file, or None for all: where two rules have something to say
    about one leak, the more general one is silent if the other runs. `min_confidence` is how sure a finding must be to be of use.
    `batch_module` is the module that batch fixes import; `finds_batch_fixes` is false where there is no time to look for them.
    """

    catalog: Catalog
    today: datetime.date
    cache_margin: float = 1.25
    min_fan_out: int = 4
    superseded_ratio: float = 2.0
    codes: frozenset[str] | None = None
    min_confidence: Confidence = Confidence.LOW
    batch_module: str = BATCH_MODULE
    finds_batch_fixes: bool = True

    def shows(self, confidence: Confidence) -> bool:
        """Whether findings of at most this confidence would be shown."""
        return confidence >= self.min_confidence

    def runs(self, code: str) -> bool:
        return self.codes is None or code in self.codes


def in_a_batch(saving: Saving) -> Saving:
    """What requests cost as rows of a batch: half, also for what is written to the cache and read from it."""
    return replace(
        saving, now=saving.now / 2, after=saving.after / 2, assumptions=(*saving.assumptions, "in a batch, half of these prices")
    )


Check = Callable[[Request, RuleContext], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `documentation` is Markdown under the fixed `HEADINGS`; `summary` is its first sentence. `through_any_client`: what it says is as
    sure for clients whose requests no fix knows yet; `through_posts`: it is nearly as sure for requests that are posted to the address of Anthropic
    or OpenAI itself. `in_batches`: it also holds for requests that are rows of a batch."""

    code: str
    name: str
    applicability: Applicability | None
    default: bool
    check: Check
    documentation: str
    through_any_client: bool = False
    through_posts: bool = False
    in_batches: bool = False

    def findings(self, call: Request, context: RuleContext) -> Iterator[Finding]:
        """What the rule says of a call. Of clients that no fix knows yet, about half of 90 findings that were read on unseen code were right
        (November 2026), except for those that rest on the catalogue alone: prices and dates of models are the same through any client.
        Of 35 loops that post requests to Anthropic's or OpenAI's own address 29 were right, and 4 arguable, where the same was read later.
        What goes to a model server of one's own costs no tokens, whatever the request looks like."""
        if call.is_local_host or (call.is_batch and not self.in_batches):
            return
        is_posted = self.through_posts and _is_posted_to_its_vendor(call)
        for finding in self.check(call, context):
            if call.is_batch and finding.saving is not None:
                finding = replace(finding, saving=in_a_batch(finding.saving))
            is_sure = call.takes_fixes or self.through_any_client
            is_likely = call.is_described or (is_posted and finding.confidence is Confidence.HIGH)
            most = Confidence.MEDIUM if is_likely else Confidence.LOW
            yield finding if is_sure else replace(finding, confidence=min(finding.confidence, most))

    @property
    def summary(self) -> str:
        body = self.documentation.split("## What it does", 1)[-1].strip()
        return " ".join(re.split(r"(?<=\.)\s", body, maxsplit=1)[0].split())


def _is_posted_to_its_vendor(call: Request) -> bool:
    """Whether a request is posted without an SDK to Anthropic's or OpenAI's own address, as the source surely says."""
    is_certain = call.host_certainty is Confidence.HIGH and call.certainty is Confidence.HIGH
    return call.provider == "http" and call.is_own_host and is_certain and call.api.startswith(("anthropic.", "openai."))


def rule(
    code: str,
    name: str,
    *,
    applicability: Applicability | None,
    through_any_client: bool = False,
    through_posts: bool = False,
    in_batches: bool = False,
) -> Callable[[Check], Check]:
    """Register a check. `applicability` is that of its best fix, or None where the rule has no fix; the others as in `Rule`."""

    def register(check: Check) -> Check:
        module = inspect.getmodule(check)
        documentation = inspect.cleandoc(module.__doc__ or "") if module else ""
        is_own = module is not None and module.__name__.partition(".")[0] == "llmlint"
        if not is_own and code.startswith("LLM"):
            raise ValueError(f"{code} is a code of llmlint's own rules")
        default = is_on_by_default(code)
        body = documentation.split("\n", 1)[-1].strip()
        # How sure the rules of others are is theirs to say.
        through_any = through_any_client or not is_own
        _registered[code] = Rule(code, name, applicability, default, check, body, through_any, through_posts, in_batches)
        return check

    return register


_registered: dict[str, Rule] = {}


def _guarded(entry: Entry, check: Check) -> Check:
    """The check of a plugin, of whose faults the plugin is named and not llmlint."""

    def guarded(call: Request, context: RuleContext) -> Iterator[Finding]:
        try:
            yield from check(call, context)
        except Exception as error:
            raise plugins.fault(entry, error) from error

    return guarded


@cache
def known_rules() -> Mapping[str, Rule]:
    """Every rule by code, in the order of codes."""
    package = __name__.rpartition(".")[0]
    for module in rule_modules():
        importlib.import_module(f"{package}.{module}")
    own = dict(_registered)
    for entry in plugins.entries(plugins.RULES):
        if plugins.load(entry) is not None:
            code, name = entry.rule
            found = _registered.get(code)
            if found is None or found.name != name:
                plugins.complain(entry, f"registers no rule with the code {code} and the name {name}")
            else:
                own[code] = replace(found, check=_guarded(entry, found.check))
    return dict(sorted(own.items()))
