"""The command line: options and help. What the commands do is in `commands`, which is imported when one runs."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import click

from llmlint import __version__
from llmlint.commands.help import EPILOG, Group
from llmlint.commands.options import (
    cache_dir_option,
    color_option,
    config_option,
    formats,
    isolated_option,
    no_cache_option,
    option,
    pairs_option,
    paths_argument,
    patterns_option,
    quiet_option,
    rules_option,
    split_list,
    verbose_option,
)
from llmlint.output_formats import AUDIT_FORMATS, OUTPUT_FORMATS

FAILED, INTERRUPTED = 2, 130
"""Exit codes after an error, and after Ctrl-C (128 and the number of the signal)."""

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(cls=Group, context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Find what leaks money in calls of LLM APIs: prompts sent uncached, models that are too expensive, calls that could be a batch.

    llmlint reads Python files and notebooks. It never runs or imports them, and sends nothing anywhere.
    """


@cli.command(epilog=EPILOG)
@paths_argument
@rules_option("--select", "Run only these rules: codes, names, prefixes of codes (LLM1) or ALL; separated by commas.")
@rules_option("--ignore", "Disable these rules.")
@rules_option("--extend-select", "Enable these rules as well.")
@rules_option("--extend-ignore", "Disable these rules as well.")
@pairs_option("--per-file-ignores", "Disable these rules in these files; replaces the configuration.")
@pairs_option("--extend-per-file-ignores", "Disable these rules in these files; adds to the configuration.")
@option(
    "--min-confidence",
    type=formats("low", "medium", "high"),
    heading="Rules",
    help="Hide findings below this confidence.  [default: medium]",
)
@option("--fix", is_flag=True, heading="Fixing", help="Apply the safe fixes, and report what remains.")
@option("--unsafe-fixes/--no-unsafe-fixes", default=None, heading="Fixing", help="Also apply fixes that may change behaviour.")
@option(
    "--fixable",
    heading="Fixing",
    multiple=True,
    callback=split_list,
    metavar="RULES",
    help="Only fixes of these rules may be applied.",
)
@option(
    "--unfixable",
    heading="Fixing",
    multiple=True,
    callback=split_list,
    metavar="RULES",
    help="Fixes of these rules are not applied.",
)
@option("--show-fixes", is_flag=True, heading="Fixing", help="With --fix or --diff: list what is fixed, file by file.")
@option("--diff", is_flag=True, heading="Fixing", help="Print what --fix would change, and change nothing.")
@option(
    "--output-format",
    type=formats(*OUTPUT_FORMATS),
    envvar="LLMLINT_OUTPUT_FORMAT",
    heading="Output",
    help="How to print findings.  [default: text]",
)
@option(
    "--output-file",
    "-o",
    metavar="FILE",
    envvar="LLMLINT_OUTPUT_FILE",
    heading="Output",
    help="Write the report to this file and not to standard output.",
)
@option(
    "--audit", multiple=True, metavar="EXPORT", heading="Output", help="Rank findings by what they cost in this usage export."
)
@option("--statistics", is_flag=True, heading="Output", help="Print how many findings each rule has, and not the findings.")
@quiet_option
@verbose_option
@color_option
@option("--show-files", is_flag=True, heading="Output", help="Print the files that would be looked at, and stop.")
@option("--show-settings", is_flag=True, heading="Output", help="Print the settings of the first of these files, and stop.")
@option("--watch", is_flag=True, heading="Output", help="Run again whenever a file or a setting changes, until Ctrl-C.")
@option(
    "--since",
    metavar="REF",
    heading="Files",
    help="Report the findings that the change since this commit of git brings, and nothing else. The change starts where the branch left it.",
)
@option("--exit-zero", is_flag=True, heading="Output", help="Exit with 0 even if something was found.")
@option(
    "--exit-non-zero-on-fix", is_flag=True, heading="Output", help="Exit with 1 if something was found, even if all was fixed."
)
@option(
    "--baseline/--no-baseline",
    default=True,
    heading="Rules",
    help="Hide findings listed in llmlint-baseline.json in the project root.  [default: --baseline]",
)
@option(
    "--add-ignore",
    metavar="REASON",
    heading="Fixing",
    help="Add a comment with this reason for each finding, which suppresses it.",
)
@option(
    "--project/--no-project",
    default=True,
    heading="Files",
    help="Read the whole project of a file, and report on the files named; or read nothing else.  [default: --project]",
)
@option(
    "--timeout-per-file",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    heading="Files",
    help="Stop checking a file that takes longer than this, and say so: the last resort.",
)
@option("--stdin-filename", metavar="FILE", heading="Files", help="What to call standard input, which is read for the path `-`.")
@patterns_option("--exclude", "Exclude these files and folders; replaces the configuration.")
@patterns_option("--extend-exclude", "Exclude these files and folders; adds to the configuration.")
@option("--respect-gitignore/--no-respect-gitignore", default=None, heading="Files", help="Skip files that git ignores.")
@option("--force-exclude/--no-force-exclude", default=None, heading="Files", help="Skip excluded files even if they are named.")
@no_cache_option
@cache_dir_option
@isolated_option
@config_option
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
        from llmlint.commands.watch import watch

        return watch(options["paths"] or (".",), options["config"])
    from llmlint.commands.base import CheckOptions
    from llmlint.commands.check import run_check

    return run_check(CheckOptions(**options))


@cli.command(short_help="Explain a rule, or those of a prefix such as LLM1; list all.")
@click.argument("code", required=False)
@option("--all", "every", is_flag=True, help="Explain all rules.")
@option("--output-format", type=formats("text", "json"), default="text", help="How to print it.")
def rule(code: str | None, every: bool, output_format: str) -> int:
    """Explain a rule, by its code or name, or the rules of a prefix such as LLM1; without an argument, list the rules."""
    if code is not None and every:
        raise click.UsageError("give the code or name of a rule, or --all")
    from llmlint.commands.inform import run_rule

    return run_rule("" if every else code, output_format)


@cli.command(short_help="List every LLM call with its model, prompt and cost.")
@paths_argument
@option("--output-format", type=formats("text", "json"), default="text", heading="Output", help="How to print them.")
@option(
    "--audit", multiple=True, metavar="EXPORT", heading="Output", help="Show the calls and the cost of each in this usage export."
)
@color_option
@no_cache_option
@isolated_option
@config_option
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
@option(
    "--source", "sources", multiple=True, metavar="FOLDER", heading="Source", help="Join the calls to the lines that make them."
)
@option(
    "--output-format",
    type=formats(*AUDIT_FORMATS),
    default="text",
    heading="Output",
    help="How to print it.",
)
@option(
    "--rows", metavar="FILE", heading="Output", help="Also write one row a call, of the same columns for each format, as Parquet."
)
@option("--replay", is_flag=True, heading="Output", help="Show each bucket before and after each kind of fix, on this traffic.")
@option("--output-file", metavar="FILE", heading="Output", help="Write the report to this file.")
@isolated_option
@config_option
def audit(**options: Any) -> int:
    """Sort a bill into buckets, joined to the lines that cause it.

    Reads usage exports, request logs and traces of Anthropic, OpenAI, Bedrock, AWS CUR, LiteLLM, Langfuse, Helicone, LangSmith, Braintrust,
    OpenTelemetry, Phoenix, Cloudflare and Claude Code, and plain requests and responses as JSON lines. Nothing is sent anywhere.
    """
    from llmlint.commands.audit import AuditOptions, run_audit

    return run_audit(AuditOptions(**options))


@cli.command(short_help="Accept the findings that a project has now.")
@paths_argument
@option("--add", is_flag=True, help="Take new findings into a baseline that is there. Otherwise it only loses entries.")
@color_option
@isolated_option
@config_option
def baseline(paths: tuple[str, ...], add: bool, color: str, isolated: bool, config: tuple[str, ...]) -> int:
    """Accept what a project has now: write its findings to llmlint-baseline.json, so that only new ones are reported."""
    from llmlint.commands.inform import run_baseline

    return run_baseline(paths, add, color, isolated, config)


@cli.command()
@click.argument("key", required=False)
@option("--output-format", type=formats("text", "json"), default="text", help="How to print it.")
def config(key: str | None, output_format: str) -> int:
    """List the keys of the configuration, or explain one."""
    from llmlint.commands.inform import run_config

    return run_config(key, output_format)


@cli.command()
def schema() -> int:
    """Print the JSON schema of llmlint.toml, for editors."""
    from llmlint.commands.inform import run_schema

    return run_schema()


@cli.command(short_help="Say how old the catalogue of models and prices is.")
@option("--output-format", type=formats("text", "json"), default="text", help="How to print it.")
def catalog(output_format: str) -> int:
    """Say how old the catalogue of models and prices is, which models end soon, and what it lacks."""
    from llmlint.commands.inform import run_catalog

    return run_catalog(output_format)


@cli.command(short_help="Write all calls and findings as one HTML page.")
@paths_argument
@option("--html", required=True, metavar="FILE", heading="Output", help="Write the page to this file.")
@color_option
@isolated_option
@config_option
def report(paths: tuple[str, ...], html: str, color: str, isolated: bool, config: tuple[str, ...]) -> int:
    """Write all calls and findings as one HTML page: prompts as bars, tokens and dollars as charts, with filters."""
    from llmlint.commands.inform import run_report

    return run_report(paths, html, color, isolated, config)


@cli.command(short_help="Run the language server for editors.")
def server() -> int:
    """Run the language server for editors, on standard input and output (needs the extra `llmlint[lsp]`)."""
    try:
        from llmlint.server.features import run_server
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
@cache_dir_option
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
