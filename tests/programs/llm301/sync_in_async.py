# expects: bill at most 0.51
"""A blocking client in async functions: the loop and the comprehension leave the event loop free."""

import asyncio
from dataclasses import dataclass

import anthropic

client = anthropic.Anthropic()


@dataclass
class Paper:
    title: str
    summary: str = ""
    label: str | None = None


def ask(prompt: str) -> str:
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": prompt}]
    )
    return message.content[0].text


def summarize(paper: Paper) -> None:
    paper.summary = ask(f"Sum up: {paper.title}")


async def write(papers: list[Paper]) -> None:
    await asyncio.sleep(0)
    for paper in papers:
        print(paper)


async def label(papers: list[Paper]) -> int:
    labelled = 0
    for paper in papers:
        if not paper.summary:
            print("no summary of", paper.title)
            continue
        paper.label = ask(f"A label for: {paper.summary}")
        labelled += 1
    return labelled


async def main() -> None:
    papers = [Paper(title) for title in ("On boats", "On goats", "On coats", "On moats") * 3]
    for paper in papers:
        summarize(paper)
    papers.append(Paper("On nothing"))
    print(await label(papers), "labelled")
    await write(papers)
    titles = ["rain", "hail", "snow", "sleet", "fog"] * 2
    names = ", ".join(ask(f"A name for {title}") for title in titles)
    print(names)


if __name__ == "__main__":
    asyncio.run(main())
