"""Settings: `[tool.llmlint]` of pyproject.toml, `llmlint.toml`, `.llmlint.toml`, and the command line on top.

The file nearest to each linted file holds for it, alone: settings of several files are not merged. Within one folder
`.llmlint.toml` goes before `llmlint.toml`, and both before pyproject.toml, which without `[tool.llmlint]` does not count.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from llmlint.config_schema import ConfigError, Layer, ThresholdTable, check_layer
from llmlint.findings import Confidence
from llmlint.globs import PathGlob
from llmlint.regular_files import read_start
from llmlint.selection import RuleInfo, codes_named, is_enabled, is_fixable, rank

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CONFIG_NAMES",
    "DEFAULT_EXCLUDE",
    "ConfigError",
    "PerFileIgnore",
    "RuleInfo",
    "Settings",
    "SettingsResolver",
    "Thresholds",
    "load_settings",
]

_MOST_BYTES = 10_000_000

CONFIG_NAMES = (".llmlint.toml", "llmlint.toml", "pyproject.toml")

# ruff's own list (docs.astral.sh/ruff/settings/#exclude, read 2026-11), and our cache.
DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".llmlint_cache",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pypackages__",
    "_build",
    "buck-out",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)


BATCH_MODULE = "llm_batches"
"""What the module with the batching client is called, which batch fixes import."""


class Thresholds(NamedTuple):
    """From where on a leak is worth reporting.

    `cache_margin`: a prompt is reported from this many times the model's cacheable minimum on (estimates are off by a quarter).
    `min_fan_out`: fewer items than this, where their number is known, are not worth a batch.
    """

    cache_margin: float = 1.25
    min_fan_out: int = 4


class PerFileIgnore(NamedTuple):
    """Rules that are off in the files that a pattern names, or with `negated` (`!pattern`) in all others."""

    glob: PathGlob
    codes: frozenset[str]
    negated: bool = False


class Settings(NamedTuple):
    """What holds for one file.

    `root` is the absolute folder that patterns are relative to, `source` the configuration file, None where there is none.
    """

    root: str
    source: str | None
    enabled: frozenset[str]
    fixable: frozenset[str]
    exclude: tuple[PathGlob, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    per_file_ignores: tuple[PerFileIgnore, ...] = ()
    min_confidence: Confidence = Confidence.MEDIUM
    unsafe_fixes: bool = False
    output_format: str = "text"
    batch_module: str = BATCH_MODULE
    thresholds: Thresholds = Thresholds()

    def is_enabled(self, code: str, path: str) -> bool:
        """Whether a rule is on for a file; `path` is absolute or relative to the working directory."""
        if code not in self.enabled:
            return False
        if not self.per_file_ignores:
            return True
        path = os.path.abspath(path)
        return not any(code in entry.codes and entry.glob.matches(path) != entry.negated for entry in self.per_file_ignores)

    def is_fixable(self, code: str) -> bool:
        return code in self.fixable


class SettingsResolver:
    """Finds the settings of each file, and remembers them by folder.

    `cwd` is the working directory; patterns of the command line and of `config_path` are relative to it. `cli_overrides` has the
    keys of a configuration file. `isolated` reads no file but `config_path`. `known` maps each rule's code to the rule.
    Raises ConfigError where the command line or `config_path` is wrong.
    """

    def __init__(
        self,
        cwd: str,
        cli_overrides: Mapping[str, object] | None = None,
        isolated: bool = False,
        config_path: str | None = None,
        *,
        known: Mapping[str, RuleInfo],
    ) -> None:
        self.cwd = os.path.abspath(cwd)
        self._known = known
        self._names = [*known, *(rule.name for rule in known.values())]
        self._cli = self._checked("command line", cli_overrides or {})
        self._by_directory: dict[str, Settings | ConfigError] = {}
        # Where one set of settings holds for every file: with --isolated, and with --config.
        self._fixed: Settings | None = None
        if config_path is not None:
            path = os.path.join(self.cwd, config_path)
            table = self._table(path)
            if table is None:
                raise ConfigError(self._shown(path), "no [tool.llmlint] table")
            self._fixed = self._settings(self._checked(self._shown(path), table), self.cwd, path)
        elif isolated:
            self._fixed = self._settings({}, self.cwd, None)

    def for_file(self, path: str) -> Settings:
        """The settings of a file (which need not exist), named absolutely or relative to the working directory."""
        if self._fixed is not None:
            return self._fixed
        return self.for_directory(os.path.dirname(os.path.join(self.cwd, path)))

    def for_directory(self, directory: str) -> Settings:
        """The settings of the files in a folder. Raises ConfigError, each time, where the file that holds for it is wrong."""
        if self._fixed is not None:
            return self._fixed
        known = self._by_directory.get(directory)
        if known is None:
            known = self._find(directory)
        if isinstance(known, ConfigError):
            raise known
        return known

    def _find(self, directory: str) -> Settings | ConfigError:
        # A loop and not a recursion: a path may have more folders than Python has frames.
        pending = [directory]
        current = os.path.abspath(os.path.join(self.cwd, directory))
        found: Settings | ConfigError | None = self._by_directory.get(current)
        while found is None:
            pending.append(current)
            try:
                found = self._own(current)
            except ConfigError as error:
                found = error
            parent = os.path.dirname(current)
            if found is None and parent == current:
                found = self._settings({}, self.cwd, None)
            current = parent
            found = found or self._by_directory.get(current)
        for each in pending:
            self._by_directory[each] = found
        return found

    def _own(self, directory: str) -> Settings | None:
        """The settings of the configuration file that lies in this very folder."""
        for name in CONFIG_NAMES:
            path = os.path.join(directory, name)
            if os.path.isfile(path):
                table = self._table(path)
                if table is not None:
                    return self._settings(self._checked(self._shown(path), table), directory, path)
        return None

    def _table(self, path: str) -> dict[str, object] | None:
        """The part of a TOML file that is ours; None for a pyproject.toml without one."""
        try:
            data = read_start(path, _MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(self._shown(path), f"cannot be read: {said}") from None
        if len(data) > _MOST_BYTES:
            raise ConfigError(self._shown(path), f"larger than {_MOST_BYTES // 1_000_000} MB")
        is_project = os.path.basename(path) == "pyproject.toml"
        if is_project and b"llmlint" not in data:
            return None
        # Imported here, as most runs start in a folder without a configuration file.
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            # A byte order mark is none of TOML's business, but some editors write one.
            document: dict[str, object] = tomllib.loads(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise ConfigError(self._shown(path), "not valid UTF-8") from None
        except RecursionError:
            raise ConfigError(self._shown(path), "not valid TOML: nested too deeply") from None
        except ValueError as error:  # Of TOML, and of an integer with thousands of digits.
            raise ConfigError(self._shown(path), f"not valid TOML: {' '.join(str(error).split())}") from None
        if not is_project:
            return document
        tool = document.get("tool")
        if not isinstance(tool, dict) or "llmlint" not in tool:
            return None
        table = tool["llmlint"]
        if not isinstance(table, dict):
            raise ConfigError(self._shown(path), "`tool.llmlint` must be a table")
        return table

    def _checked(self, origin: str, table: Mapping[str, object]) -> Layer:
        return check_layer(
            origin, table, self._names, lambda selector: any(rank(selector, rule) for rule in self._known.values())
        )

    def _shown(self, path: str) -> str:
        below = self.cwd.rstrip(os.sep) + os.sep
        return (path[len(below) :] if path.startswith(below) else path).replace(os.sep, "/")

    def _settings(self, file: Layer, root: str, source: str | None) -> Settings:
        cli, rules = self._cli, self._known.values()
        own: Layer = {**file, **cli}
        excludes = [
            PathGlob(pattern, root if "exclude" not in cli else self.cwd) for pattern in own.get("exclude", DEFAULT_EXCLUDE)
        ]
        for layer, base in ((file, root), (cli, self.cwd)):
            excludes += [PathGlob(pattern, base) for pattern in layer.get("extend-exclude", ())]
        ignores = self._per_file(own.get("per-file-ignores", {}), root if "per-file-ignores" not in cli else self.cwd)
        for layer, base in ((file, root), (cli, self.cwd)):
            ignores += self._per_file(layer.get("extend-per-file-ignores", {}), base)
        return Settings(
            root=root,
            source=source,
            enabled=frozenset(rule.code for rule in rules if is_enabled(rule, file, cli)),
            fixable=frozenset(rule.code for rule in rules if is_fixable(rule, file, cli)),
            exclude=tuple(excludes),
            force_exclude=own.get("force-exclude", False),
            respect_gitignore=own.get("respect-gitignore", True),
            per_file_ignores=tuple(ignores),
            min_confidence=Confidence[own.get("min-confidence", "medium").upper()],
            unsafe_fixes=own.get("unsafe-fixes", False),
            output_format=own.get("output-format", "text"),
            batch_module=own.get("batch-module", BATCH_MODULE),
            thresholds=_thresholds({**file.get("thresholds", {}), **cli.get("thresholds", {})}),
        )

    def _per_file(self, table: Mapping[str, list[str]], base: str) -> list[PerFileIgnore]:
        entries = []
        for pattern, selectors in table.items():
            negated = pattern.startswith("!")
            entries.append(PerFileIgnore(PathGlob(pattern.removeprefix("!"), base), codes_named(selectors, self._known), negated))
        return entries


def _thresholds(table: ThresholdTable) -> Thresholds:
    default = Thresholds()
    return Thresholds(table.get("cache-margin", default.cache_margin), table.get("min-fan-out", default.min_fan_out))


def load_settings(
    path: str,
    overrides: Mapping[str, object] | None = None,
    isolated: bool = False,
    *,
    known: Mapping[str, RuleInfo],
) -> Settings:
    """The settings that hold for one linted file or folder. Raises ConfigError."""
    resolver = SettingsResolver(os.getcwd(), overrides, isolated, known=known)
    return resolver.for_directory(path) if os.path.isdir(path) else resolver.for_file(path)
