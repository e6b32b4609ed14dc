"""How the command line's help is laid out, and what stands in for a command that is not named."""

from __future__ import annotations

import itertools
import os
from typing import Any

import click

EPILOG = """\
Examples:
  llmlint                        look at everything below this folder
  llmlint --diff src             show what --fix would change
  llmlint --fix src              apply the safe fixes
  llmlint --select LLM101 app.py look for one kind of leak
  llmlint --since origin/main    report what this branch brings
  llmlint rule LLM101            explain a rule

Exit codes: 0 nothing found, 1 something found, 2 a usage, configuration or file error.
"""


class Option(click.Option):
    """An option with the heading that it stands under in the help."""

    def __init__(self, *names: Any, heading: str = "Options", **attributes: Any) -> None:
        super().__init__(*names, **attributes)
        self.heading = heading


class HelpfulCommand(click.Command):
    """A command whose help has its options under headings, and an epilog that is printed as written."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(context):
            record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(parameter, "heading", "Options"), []).append(record)
        # The general ones last: one comes for the others.
        for heading in sorted(sections, key=lambda heading: heading == "Options"):
            with formatter.section(heading):
                formatter.write_dl(sections[heading])

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        if self.epilog:
            formatter.write(f"\n{self.epilog}")


class Group(click.Group):
    """The commands; where none is named, `check` is meant. A path that is called like a command has to be written `./sites`."""

    command_class = HelpfulCommand

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        for argument in itertools.takewhile("--".__ne__, arguments):
            # pre-commit and `llmlint *` pass on names that a repository has chosen.
            if argument.startswith("-") and argument != "-" and os.path.lexists(argument):
                raise click.UsageError(
                    f"{argument} is the name of a file here: write ./{argument} for the file, or run elsewhere for the option"
                )
        if not arguments or not (arguments[0] in self.commands or arguments[0] in ("-h", "--help", "-V", "--version")):
            arguments = ["check", *arguments]
        return super().parse_args(context, arguments)

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(context.command_path, "[OPTIONS] [PATHS]...")
        formatter.write_usage(context.command_path, "COMMAND ...", prefix="       ")

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(context, formatter)
        with click.Context(self.commands["check"], info_name="check", parent=context) as inner:
            inner.command.format_options(inner, formatter)

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\n{EPILOG}")
