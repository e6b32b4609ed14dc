"""Settings: `[tool.llmlint]` of pyproject.toml, `llmlint.toml`, `.llmlint.toml`, and the command line on top.

The file nearest to each linted file holds for it, alone: settings of several files are merged only where one names another by `extend`.
Within one folder `.llmlint.toml` goes before `llmlint.toml`, and both before pyproject.toml, which without `[tool.llmlint]` does not count.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from llmlint import __version__
from llmlint.config.globs import PathGlob
from llmlint.config.schema import ConfigError, Layer, Problem, ThresholdTable, check_layer
from llmlint.config.selection import RuleInfo, codes_named, extended, is_enabled, is_fixable, rank
from llmlint.findings import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmlint.config.files import Table
    from llmlint.sdks.shape import Described

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


# So many files that extend each other nobody has written.
_MOST_EXTENDED = 100

# What is said of the folder of a file, or of another file beside it.
_ONLY_IN_FILES = ("extend", "root")

BATCH_MODULE = "llm_batches"
"""What the module with the batching client is called, which batch fixes import."""


class Thresholds(NamedTuple):
    """From where on a leak is worth reporting.

    `cache_margin`: a prompt is reported from this many times the model's cacheable minimum on (estimates are off by a quarter).
    `min_fan_out`: fewer items than this, where their number is known, are not worth a batch.
    `superseded_ratio`: a model is reported as superseded where the same text costs this many times what it does on its successor.
    """

    cache_margin: float = 1.25
    min_fan_out: int = 4
    superseded_ratio: float = 2.0


class PerFileIgnore(NamedTuple):
    """Rules that are off in the files that a pattern names, or with `negated` (`!pattern`) in all others."""

    glob: PathGlob
    codes: frozenset[str]
    negated: bool = False


class Volume(NamedTuple):
    """How often each call site of some files runs in a day."""

    glob: PathGlob
    calls: float


class _Level(NamedTuple):
    """Settings of one file (or of `--config`), and the folder that their patterns are relative to."""

    layer: Layer
    root: str


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
    volumes: tuple[Volume, ...] = ()
    prices: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    clients: Described = ()

    def calls_per_day(self, path: str) -> float | None:
        """How often a call site of a file runs in a day, by the last pattern that names it; None where nobody says."""
        if not self.volumes:
            return None
        path = os.path.abspath(path)
        return next((volume.calls for volume in reversed(self.volumes) if volume.glob.matches(path)), None)

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
    keys of a configuration file. `isolated` reads no file but `config_path`. `inline` are settings that go before those of any file, and
    behind the command line (`--config "key = value"`). `known` maps each rule's code to the rule.
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
        inline: Mapping[str, object] | None = None,
    ) -> None:
        self.cwd = os.path.abspath(cwd)
        self._known = known
        self._names = [*known, *(rule.name for rule in known.values())]
        self._cli = self._checked("command line", cli_overrides or {})
        self._inline = [_Level(self._checked_inline(inline), self.cwd)] if inline else []
        self._by_directory: dict[str, Settings | ConfigError] = {}
        self._clients: dict[str, Described] = {}
        # Where one set of settings holds for every file: with --isolated, and with --config.
        self._fixed: Settings | None = None
        if config_path is not None:
            path = os.path.join(self.cwd, config_path)
            table = self._read(path)
            if table is None:
                raise ConfigError(self._shown(path), "no [tool.llmlint] table")
            self._fixed = self._settings(self._levels(table, self.cwd), self.cwd, path)
        elif isolated:
            self._fixed = self._settings([], self.cwd, None)

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

    @property
    def clients(self) -> Described:
        """The clients that the configuration files described which were read by now. A client is one thing for the whole program: where several
        files describe it, that of the outermost folder counts."""
        roots = sorted(self._clients, key=lambda root: (root.count(os.sep), root), reverse=True)
        merged = {name: keys for root in roots for name, keys in self._clients[root]}
        return tuple(sorted(merged.items()))

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
                found = self._settings([], self.cwd, None)
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
                table = self._read(path)
                if table is not None:
                    return self._settings(self._levels(table, directory), directory, path)
        return None

    def _read(self, path: str) -> Table | None:
        # Imported here, as most runs start in a folder without a configuration file.
        from llmlint.config.files import read_table

        return read_table(path, self._shown(path))

    def _levels(self, table: Table, root: str) -> list[_Level]:
        """The settings of a file, and ahead of them those of the files that it extends."""
        levels: list[_Level] = []
        seen: list[str] = []
        while True:
            layer = self._checked_table(table)
            levels.insert(0, _Level(layer, root))
            if "extend" not in layer:
                return levels
            seen.append(os.path.realpath(table.path))
            named = os.path.expanduser(os.path.expandvars(layer["extend"]))
            path = os.path.normpath(os.path.join(os.path.dirname(table.path), named))
            wrong = Problem(f"`extend` leads in a circle: {layer['extend']}", ("extend",))
            if len(seen) == _MOST_EXTENDED:
                wrong = Problem(f"`extend` leads through more than {_MOST_EXTENDED} files: {layer['extend']}", ("extend",))
            elif os.path.realpath(path) not in seen:
                try:
                    following = self._read(path)
                except ConfigError as error:
                    wrong = Problem(f"`extend` names {layer['extend']}: {error.message}", ("extend",))
                else:
                    if following is not None:
                        table, root = following, os.path.dirname(path)
                        continue
                    wrong = Problem(f"`extend` names {layer['extend']}, which has no [tool.llmlint] table", ("extend",))
            raise table.placed(ConfigError(table.shown, wrong))

    def _checked_table(self, table: Table) -> Layer:
        try:
            return self._checked_file(table.shown, table.values)
        except ConfigError as error:
            raise table.placed(error) from None

    def _checked_inline(self, values: Mapping[str, object]) -> Layer:
        misplaced = [f"`{key}` cannot be given by --config" for key in _ONLY_IN_FILES if key in values]
        if misplaced:
            raise ConfigError("--config", *misplaced)
        return self._checked_file("--config", values)

    def _checked_file(self, origin: str, values: Mapping[str, object]) -> Layer:
        required = values.get("required-version")
        # First of all: another version may know the keys that this one does not.
        if isinstance(required, str):
            from llmlint.config.versions import fits, is_specifier

            if is_specifier(required) and not fits(__version__, required):
                said = f"`required-version` is `{required}`, and this is llmlint {__version__}"
                raise ConfigError(origin, Problem(said, ("required-version",)))
        return self._checked(origin, values)

    def _checked(self, origin: str, table: Mapping[str, object]) -> Layer:
        return check_layer(
            origin, table, self._names, lambda selector: any(rank(selector, rule) for rule in self._known.values())
        )

    def _shown(self, path: str) -> str:
        below = self.cwd.rstrip(os.sep) + os.sep
        return (path[len(below) :] if path.startswith(below) else path).replace(os.sep, "/")

    def _settings(self, files: Sequence[_Level], root: str, source: str | None) -> Settings:
        """The settings of some files, each going before those ahead of it, with the command line before them all."""
        rules, cli = self._known.values(), self._cli
        levels = [*files, *self._inline]
        file: Layer = {}
        for level in levels:
            file = extended(file, level.layer)
        levels.append(_Level(cli, self.cwd))
        own: Layer = {**file, **cli}
        thresholds: ThresholdTable = {}
        excludes = [PathGlob(pattern, root) for pattern in DEFAULT_EXCLUDE]
        ignores: list[PerFileIgnore] = []
        volumes: list[Volume] = []
        prices: dict[str, dict[str, float]] = {}
        clients: dict[str, dict[str, object]] = {}
        for layer, base in levels:
            volumes += [Volume(PathGlob(pattern, base), calls) for pattern, calls in layer.get("calls-per-day", {}).items()]
            prices |= layer.get("prices", {})
            clients |= layer.get("clients", {})
            thresholds = {**thresholds, **layer.get("thresholds", {})}
            if "exclude" in layer:
                excludes = [PathGlob(pattern, base) for pattern in layer["exclude"]]
            if "per-file-ignores" in layer:
                ignores = self._per_file(layer["per-file-ignores"], base)
        for layer, base in levels:
            excludes += [PathGlob(pattern, base) for pattern in layer.get("extend-exclude", ())]
            ignores += self._per_file(layer.get("extend-per-file-ignores", {}), base)
        described = tuple((name, tuple(sorted(keys.items()))) for name, keys in sorted(clients.items()))
        if described:
            self._clients[root] = described
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
            thresholds=_thresholds(thresholds),
            volumes=tuple(volumes),
            prices=tuple((model, tuple(own.items())) for model, own in prices.items()),
            clients=described,
        )

    def _per_file(self, table: Mapping[str, list[str]], base: str) -> list[PerFileIgnore]:
        entries = []
        for pattern, selectors in table.items():
            negated = pattern.startswith("!")
            entries.append(PerFileIgnore(PathGlob(pattern.removeprefix("!"), base), codes_named(selectors, self._known), negated))
        return entries


def _thresholds(table: ThresholdTable) -> Thresholds:
    default = Thresholds()
    return Thresholds(
        table.get("cache-margin", default.cache_margin),
        table.get("min-fan-out", default.min_fan_out),
        table.get("superseded-ratio", default.superseded_ratio),
    )


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
