# expects: bill at most 0.51
"""Summaries of last night's reports, one after another."""

from pathlib import Path

import anthropic

client = anthropic.Anthropic()


def main() -> None:
    reports = Path("handbook.md").read_text(encoding="utf-8").split("\n## ")
    summaries = []
    for report in reports:
        message = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=100,
            messages=[{"role": "user", "content": f"Sum up in 20 words:\n\n{report}"}],
        )
        summaries.append(message.content[0].text)
    for report, summary in zip(reports, summaries):
        print(report.splitlines()[0], "-", summary)


if __name__ == "__main__":
    main()
