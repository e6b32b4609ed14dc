"""Programs for openai<1 that llmlint fixes: they print the same for half the price."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

PROGRAMS = {
    "handler_for_each_item": """
import os

import openai

openai.api_key = os.getenv("OPENAI_API_KEY")


def caption(picture):
    try:
        response = openai.ChatCompletion.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": f"A caption for {picture}"}],
            request_timeout=30,
        )
    except openai.error.InvalidRequestError as error:
        return f"none ({error})"
    return response["choices"][0]["message"]["content"].strip()


pictures = ["a lighthouse in fog", "two herons", "[[errored]]", "a broken mill wheel", "the old ferry"]
captions = {}
for picture in pictures:
    captions[picture] = caption(picture)
for picture, text in captions.items():
    print(picture, text, sep=": ")
""",
    "another_try_after_a_pause": """
import time

import openai as ai


def translate(line):
    for attempt in range(5):
        try:
            response = ai.ChatCompletion.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": f"Into Welsh: {line}"}], temperature=0
            )
            return response.choices[0].message.content
        except (ai.error.RateLimitError, ai.error.APIError, ai.error.Timeout):
            time.sleep(2**attempt)
    raise RuntimeError(line)


def main():
    lines = ["The tide is low.", "Bring a lamp.", "The door is open.", "Nobody came."]
    with open("lines.txt", "w") as out:
        for line in lines:
            out.write(f"{line}\\t{translate(line)}\\n")
    print(open("lines.txt").read())


if __name__ == "__main__":
    main()
""",
    "gathered": """
import asyncio

import openai

TOWNS = ["Ghent", "Bruges", "Lier", "Mechelen", "Ypres"]


async def describe(town):
    response = await openai.ChatCompletion.acreate(
        model="gpt-4o-mini", messages=[{"role": "user", "content": f"Describe {town}."}]
    )
    return town, response["choices"][0]["message"]["content"]


async def main():
    for town, text in await asyncio.gather(*[describe(town) for town in TOWNS]):
        print(town, text)


asyncio.run(main())
""",
    "threads": """
from concurrent.futures import ThreadPoolExecutor

import openai


def tag(review):
    answer = openai.ChatCompletion.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": f"Tag this review: {review}"}], max_tokens=20
    )
    return answer["choices"][0]["message"]["content"]


reviews = ["too salty", "a lovely view", "slow service", "will come again"]
with ThreadPoolExecutor(max_workers=4) as pool:
    for review, tags in zip(reviews, pool.map(tag, reviews)):
        print(review, tags)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fixed_program_says_the_same_for_half(project: Any, name: str) -> None:
    main = project.folder / "main.py"
    main.write_text(PROGRAMS[name].lstrip())
    before, price = project.run(), project.account.bill.dollars
    project.set_up()
    check = [sys.executable, "-m", "llmlint", "check", "--isolated", "--no-cache", "--fix", "--unsafe-fixes"]
    subprocess.run([*check, "--select", "LLM301,LLM302", "."], cwd=project.folder, check=False, capture_output=True)
    assert project.run() == before, main.read_text()
    assert project.account.bill.dollars == pytest.approx(price / 2), main.read_text()
    assert project.kinds == {"batch": project.sizes[0] - sum("[[errored]]" in line for line in before)}
    assert "batching(" in main.read_text()


def test_a_model_that_is_gone_is_replaced_by_the_same_run(project: Any) -> None:
    main = project.folder / "main.py"
    main.write_text(PROGRAMS["threads"].lstrip().replace("gpt-4o-mini", "gpt-3.5-turbo"))
    with project.start() as process:
        assert "InvalidRequestError" in process.communicate(timeout=60)[1]
    check = [sys.executable, "-m", "llmlint", "check", "--isolated", "--no-cache", "--fix", "--unsafe-fixes"]
    subprocess.run([*check, "--select", "LLM204,LLM302", "."], cwd=project.folder, check=False, capture_output=True)
    assert len(project.run()) == 4, main.read_text()
    assert (project.sizes, project.kinds) == ([4], {"batch": 4})
