"""The names of the output formats: the option, the configuration and the documentation are made from this list.

A format is one file under `report/`, named after it (`json-lines` is `json_lines.py`), and one line here. Plugins add theirs.
"""

from llmlint import plugins

OWN_FORMATS: dict[str, str] = {
    "text": "findings with their source, help and saving, for people",
    "full": "as `text`, with the change that each fix makes as a diff",
    "concise": "one line for each finding",
    "json": "one document for other programs (docs/contracts.md)",
    "json-lines": "one JSON object for each finding, each on a line of its own",
    "github": "annotations of GitHub Actions",
    "gitlab": "a GitLab code quality report",
    "sarif": "SARIF 2.1.0, for code scanning",
    "junit": "JUnit XML, as CI servers read it for tests",
    "markdown": "a table for a job summary or a comment on a pull request",
}

AUDIT_FORMATS = ("text", "json", "markdown", "html")
"""The formats of `llmlint audit`, one file each under `audit/report/`."""


def _of_plugins() -> dict[str, str]:
    found = {}
    for entry in plugins.entries(plugins.FORMATS):
        if entry.name in OWN_FORMATS:
            plugins.complain(entry, "has the name of a format of llmlint")
        else:
            found[entry.name] = f"of the {entry}"
    return found


OUTPUT_FORMATS: dict[str, str] = {**OWN_FORMATS, **_of_plugins()}
