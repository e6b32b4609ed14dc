"""The command line: options and help. What the commands do is in `commands`, which is imported when one runs."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeVar

import click

from llmlint import __version__
from llmlint.command_help import EPILOG, Group, Option
from llmlint.output_formats import OUTPUT_FORMATS

FAILED, INTERRUPTED = 2, 130
"""Exit codes after an error, and after Ctrl-C (128 and the number of the signal)."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _option(*names: str, heading: str = "Options", **attributes: Any) -> Callable[[_Function], _Function]:
    return click.option(*names, cls=Option, heading=heading, **attributes)


def _split(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Lists with commas, given any number of times, as one list."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _patterns_option(name: str, help: str) -> Callable[[_Function], _Function]:
    return _option(name, heading="Files", multiple=True, callback=_split, metavar="PATTERNS", help=help)


def _split_pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, list[str]]:
    """`PATTERN:RULE`, with commas or given any number of times, as a table."""
    table: dict[str, list[str]] = {}
    for pair in _split(context, parameter, values):
        pattern, colon, rule = pair.rpartition(":")
        if not colon or not pattern.strip() or not rule.strip():
            raise click.BadParameter(f"{pair!r} is not a pattern and a rule with a colon between them", context, parameter)
        table.setdefault(pattern.strip(), []).append(rule.strip())
    return table


def _pairs_option(name: str, help: str) -> Callable[[_Function], _Function]:
    return _option(name, heading="Rules", multiple=True, callback=_split_pairs, metavar="PATTERN:RULE", help=help)


def _rules_option(name: str, help: str) -> Callable[[_Function], _Function]:
    return _option(name, heading="Rules", multiple=True, callback=_split, metavar="RULES", help=help)


def _formats(*names: str) -> click.Choice[str]:
    return click.Choice(names)


_paths = click.argument("paths", nargs=-1, type=click.Path())
_isolated = _option(
    "--isolated", is_flag=True, heading="Configuration", help="Read no configuration files, except one given by --config."
)
_config = _option(
    "--config",
    multiple=True,
    heading="Configuration",
    metavar="FILE|SETTING",
    help="Use this configuration file for everything, and look for no other; or set one setting, as in --config "
    "'thresholds.min-fan-out = 10'. LLMLINT_CONFIG names a file too.",
)
_no_cache = _option(
    "--no-cache",
    is_flag=True,
    envvar="LLMLINT_NO_CACHE",
    heading="Files",
    help="Read and write no cache. LLMLINT_NO_CACHE does the same.",
)
_cache_dir = _option(
    "--cache-dir",
    metavar="FOLDER",
    envvar="LLMLINT_CACHE_DIR",
    heading="Files",
    help="Where the cache is. LLMLINT_CACHE_DIR does the same.  [default: .llmlint_cache in the root of the project]",
)
_color = _option(
    "--color",
    type=_formats("auto", "always", "never"),
    default="auto",
    heading="Output",
    help="Colours: on a terminal (auto), always or never. NO_COLOR and FORCE_COLOR are honoured.",
)
_quiet = _option("--quiet", "-q", is_flag=True, heading="Output", help="Print findings and errors, but no summary.")

_verbose = _option(
    "--verbose", "-v", is_flag=True, heading="Output", help="Show what each finding rests on, and how its values were resolved."
)

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(cls=Group, context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Find what leaks money in calls of LLM APIs: prompts sent uncached, models that are too expensive, calls that could be a batch.

    llmlint reads Python files and notebooks. It never runs or imports them, and sends nothing anywhere.
    """


@cli.command(epilog=EPILOG)
@_paths
@_rules_option("--select", "Run only these rules: codes, names, prefixes of codes (LLM1) or ALL; separated by commas.")
@_rules_option("--ignore", "Disable these rules.")
@_rules_option("--extend-select", "Enable these rules as well.")
@_rules_option("--extend-ignore", "Disable these rules as well.")
@_pairs_option("--per-file-ignores", "Disable these rules in these files; replaces the configuration.")
@_pairs_option("--extend-per-file-ignores", "Disable these rules in these files; adds to the configuration.")
@_option(
    "--min-confidence",
    type=_formats("low", "medium", "high"),
    heading="Rules",
    help="Hide findings below this confidence.  [default: medium]",
)
@_option("--fix", is_flag=True, heading="Fixing", help="Apply the safe fixes, and report what remains.")
@_option("--unsafe-fixes/--no-unsafe-fixes", default=None, heading="Fixing", help="Also apply fixes that may change behaviour.")
@_option(
    "--fixable",
    heading="Fixing",
    multiple=True,
    callback=_split,
    metavar="RULES",
    help="Only fixes of these rules may be applied.",
)
@_option(
    "--unfixable", heading="Fixing", multiple=True, callback=_split, metavar="RULES", help="Fixes of these rules are not applied."
)
@_option("--show-fixes", is_flag=True, heading="Fixing", help="With --fix or --diff: list what is fixed, file by file.")
@_option("--diff", is_flag=True, heading="Fixing", help="Print what --fix would change, and change nothing.")
@_option(
    "--output-format",
    type=_formats(*OUTPUT_FORMATS),
    envvar="LLMLINT_OUTPUT_FORMAT",
    heading="Output",
    help="How to print findings.  [default: text]",
)
@_option(
    "--output-file",
    "-o",
    metavar="FILE",
    envvar="LLMLINT_OUTPUT_FILE",
    heading="Output",
    help="Write the report to this file and not to standard output.",
)
@_option(
    "--audit", multiple=True, metavar="EXPORT", heading="Output", help="Rank findings by what they cost in this usage export."
)
@_option("--statistics", is_flag=True, heading="Output", help="Print how many findings each rule has, and not the findings.")
@_quiet
@_verbose
@_color
@_option("--show-files", is_flag=True, heading="Output", help="Print the files that would be looked at, and stop.")
@_option("--show-settings", is_flag=True, heading="Output", help="Print the settings of the first of these files, and stop.")
@_option("--watch", is_flag=True, heading="Output", help="Run again whenever a file or a setting changes, until Ctrl-C.")
@_option(
    "--since",
    metavar="REF",
    heading="Files",
    help="Report the findings that the change since this commit of git brings, and nothing else. The change starts where the branch left it.",
)
@_option("--exit-zero", is_flag=True, heading="Output", help="Exit with 0 even if something was found.")
@_option(
    "--exit-non-zero-on-fix", is_flag=True, heading="Output", help="Exit with 1 if something was found, even if all was fixed."
)
@_option(
    "--baseline/--no-baseline",
    default=True,
    heading="Rules",
    help="Hide findings listed in llmlint-baseline.json in the project root.  [default: --baseline]",
)
@_option(
    "--add-ignore",
    metavar="REASON",
    heading="Fixing",
    help="Add a comment with this reason for each finding, which suppresses it.",
)
@_option(
    "--project/--no-project",
    default=True,
    heading="Files",
    help="Read the whole project of a file, and report on the files named; or read nothing else.  [default: --project]",
)
@_option(
    "--timeout-per-file",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    heading="Files",
    help="Stop checking a file that takes longer than this, and say so: the last resort.",
)
@_option("--stdin-filename", metavar="FILE", heading="Files", help="What to call standard input, which is read for the path `-`.")
@_patterns_option("--exclude", "Exclude these files and folders; replaces the configuration.")
@_patterns_option("--extend-exclude", "Exclude these files and folders; adds to the configuration.")
@_option("--respect-gitignore/--no-respect-gitignore", default=None, heading="Files", help="Skip files that git ignores.")
@_option("--force-exclude/--no-force-exclude", default=None, heading="Files", help="Skip excluded files even if they are named.")
@_no_cache
@_cache_dir
@_isolated
@_config
def check(**options: Any) -> int:
    """Look for leaks in files and folders (default: this folder).

    This is also what runs without the name of a command.
    """
    if "-" in options["paths"] and len(options["paths"]) > 1:
        raise click.UsageError("`-` (standard input) cannot be mixed with other paths")
    if options["diff"] and options["statistics"]:
        raise click.UsageError("--diff cannot be used with --statistics")
    if options["since"] is not None and (options["fix"] or options["diff"] or "-" in options["paths"]):
        raise click.UsageError("--since cannot be used with --fix, --diff or standard input")
    if options.pop("watch"):
        if "-" in options["paths"]:
            raise click.UsageError("--watch cannot be used with standard input")
        from llmlint.watch import watch

        return watch(options["paths"] or (".",), options["config"])
    from llmlint.commands.base import CheckOptions
    from llmlint.commands.check import run_check

    return run_check(CheckOptions(**options))


@cli.command()
@click.argument("code", required=False)
@_option("--all", "every", is_flag=True, help="Explain all rules.")
@_option("--output-format", type=_formats("text", "json"), default="text", help="How to print it.")
def rule(code: str | None, every: bool, output_format: str) -> int:
    """Explain a rule, by its code or name, or the rules of a prefix such as LLM1; without an argument, list the rules."""
    if code is not None and every:
        raise click.UsageError("give the code or name of a rule, or --all")
    from llmlint.commands.inform import run_rule

    return run_rule("" if every else code, output_format)


@cli.command()
@_paths
@_option("--output-format", type=_formats("text", "json"), default="text", heading="Output", help="How to print them.")
@_option(
    "--audit", multiple=True, metavar="EXPORT", heading="Output", help="Show the calls and the cost of each in this usage export."
)
@_color
@_no_cache
@_isolated
@_config
def sites(
    paths: tuple[str, ...],
    output_format: str,
    audit: tuple[str, ...],
    color: str,
    no_cache: bool,
    isolated: bool,
    config: tuple[str, ...],
) -> int:
    """List every LLM call: where it is, which model, how much prompt, cached or not, in a loop or not."""
    from llmlint.commands.inform import run_sites

    return run_sites(paths, output_format, audit, color, isolated, config)


@cli.command()
@click.argument("exports", nargs=-1, required=True, type=click.Path())
@_option(
    "--source", "sources", multiple=True, metavar="FOLDER", heading="Source", help="Join the calls to the lines that make them."
)
@_option(
    "--output-format",
    type=_formats("text", "json", "markdown", "html"),
    default="text",
    heading="Output",
    help="How to print it.",
)
@_option(
    "--rows", metavar="FILE", heading="Output", help="Also write one row a call, of the same columns for each format, as Parquet."
)
@_option("--replay", is_flag=True, heading="Output", help="Show each bucket before and after each kind of fix, on this traffic.")
@_option("--output-file", metavar="FILE", heading="Output", help="Write the report to this file.")
@_isolated
@_config
def audit(**options: Any) -> int:
    """Sort a bill into buckets: usage exports, request logs and traces, joined to the source.

    Reads exports of Anthropic, OpenAI, Bedrock, AWS CUR, LiteLLM, Langfuse, Helicone, LangSmith, Braintrust, OpenTelemetry, Phoenix,
    Cloudflare and Claude Code, and plain requests and responses as JSON lines. Nothing is sent anywhere.
    """
    from llmlint.commands.audit import AuditOptions, run_audit

    return run_audit(AuditOptions(**options))


@cli.command()
@_paths
@_option("--add", is_flag=True, help="Take new findings into a baseline that is there. Otherwise it only loses entries.")
@_color
@_isolated
@_config
def baseline(paths: tuple[str, ...], add: bool, color: str, isolated: bool, config: tuple[str, ...]) -> int:
    """Accept what a project has now: write its findings to llmlint-baseline.json, so that only new ones are reported."""
    from llmlint.commands.inform import run_baseline

    return run_baseline(paths, add, color, isolated, config)


@cli.command()
@click.argument("key", required=False)
@_option("--output-format", type=_formats("text", "json"), default="text", help="How to print it.")
def config(key: str | None, output_format: str) -> int:
    """List the keys of the configuration, or explain one."""
    from llmlint.commands.inform import run_config

    return run_config(key, output_format)


@cli.command()
def schema() -> int:
    """Print the JSON schema of llmlint.toml, for editors."""
    from llmlint.commands.inform import run_schema

    return run_schema()


@cli.command()
@_option("--output-format", type=_formats("text", "json"), default="text", help="How to print it.")
def catalog(output_format: str) -> int:
    """Say how old the catalogue of models and prices is, which models end soon, and what it lacks."""
    from llmlint.commands.inform import run_catalog

    return run_catalog(output_format)


@cli.command()
@_paths
@_option("--html", required=True, metavar="FILE", heading="Output", help="Write the page to this file.")
@_color
@_isolated
@_config
def report(paths: tuple[str, ...], html: str, color: str, isolated: bool, config: tuple[str, ...]) -> int:
    """Write all calls and findings as one HTML page: prompts as bars, tokens and dollars as charts, with filters."""
    from llmlint.commands.inform import run_report

    return run_report(paths, html, color, isolated, config)


@cli.command()
def server() -> int:
    """Run the language server for editors, on standard input and output (needs the extra `llmlint[lsp]`)."""
    try:
        from llmlint.server.server import run_server
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise click.ClickException("the language server needs pygls: pip install 'llmlint[lsp]'") from None
    run_server()
    return 0


@cli.command(hidden=True)
def snapshot() -> int:
    """What `--since` needs to know of the state before a change: how it is taken comes on standard input."""
    from llmlint.commands.inform import run_snapshot

    return run_snapshot()


@cli.command()
@_cache_dir
def clean(cache_dir: str | None) -> int:
    """Remove the caches below this folder, and the one in --cache-dir."""
    from llmlint.commands.inform import run_clean

    return run_clean(cache_dir)


def main() -> None:
    """Run the command line and exit. Whatever happens, the user sees one line and no traceback (but with `python -X dev`)."""
    _open_closed_streams()
    try:
        code = cli.main(prog_name="llmlint", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        code = error.exit_code
        _say(partial(_show, error))
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        code = FAILED
        # What is left in the buffer cannot be written either, and must not be tried again at exit.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        _say(partial(_say_what_failed, error))
    # All is done but to end, and that Ctrl-C must not disturb: the interpreter would show a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def run() -> NoReturn:
    """The same for a process of its own, which ends without taking apart what is in its memory: that takes a tenth of the time of any run."""
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    if sys.flags.dev_mode or sys.gettrace() is not None or sys.getprofile() is not None:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _open_closed_streams() -> None:
    """Python has None for streams that were closed when it started (`>&-`): nothing is read, and what is written gets lost."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115


def _say(say: Callable[[], None]) -> None:
    """Say something on standard error, if it takes it. The exit code does not depend on that."""
    with contextlib.suppress(OSError, ValueError):
        say()


def _show(error: click.ClickException) -> None:
    """Show an error of the command line, which may quote the name of a file."""
    from llmlint.report.terminal import visible

    shown = io.StringIO()
    error.show(shown)
    click.echo("\n".join(map(visible, shown.getvalue().split("\n"))), err=True, nl=False)


def _say_what_failed(error: Exception) -> None:
    from llmlint.report.terminal import visible

    if isinstance(error, OSError):
        where = os.fspath(error.filename) if error.filename else "standard output"
        click.echo(f"error: {visible(str(where))}: {error.strerror or error}", err=True)
    else:
        import traceback

        frame = traceback.extract_tb(error.__traceback__)[-1]
        said = " ".join(f"{type(error).__name__}: {error}".split())
        place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        click.echo(f"error: llmlint: internal error, please report it: {visible(said)} ({place})", err=True)
