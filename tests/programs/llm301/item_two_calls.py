# expects: bill at most 0.51
"""A summary of each report and a headline for the summary: two calls an item, by two functions and by one."""

from pathlib import Path

import anthropic

client = anthropic.Anthropic()


def summary_of(report: str) -> str | None:
    try:
        message = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=60,
            messages=[{"role": "user", "content": f"Sum up in 20 words:\n\n{report}"}],
        )
        return message.content[0].text
    except ValueError:
        return None


def headline_of(summary: str) -> str:
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": f"A headline for: {summary}"}]
    )
    return message.content[0].text


def ask(prompt: str) -> str:
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": prompt}]
    )
    return message.content[0].text


def both(topic: str) -> tuple[str, str]:
    return ask(f"A post on {topic}"), ask(f"A script on {topic}")


def main() -> None:
    headlines = {}
    for number, report in enumerate(Path("handbook.md").read_text(encoding="utf-8").split("\n## ")):
        summary = summary_of(report)
        if summary is None:
            continue
        headlines[number] = headline_of(summary)
    for number, headline in headlines.items():
        print(number, headline)
    for post, script in [both(topic) for topic in ("rain", "hail", "snow", "sleet", "fog", "mist", "dew", "frost", "wind", "sun")]:
        print(post, "-", script)


if __name__ == "__main__":
    main()
