# expects: bill at most 0.51
"""Threads make calls of the module `openai`, and one call before them goes through it, too."""

from concurrent.futures import ThreadPoolExecutor

import openai

PROMPT = "Translate into Dutch: "


def translate(text):
    response = openai.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": PROMPT + text}])
    return response.choices[0].message.content


def main():
    texts = ["the tide is out", "mind the step", "closed on Mondays", "no dogs"]
    with ThreadPoolExecutor(max_workers=3) as pool:
        for text, answer in zip(texts, pool.map(translate, texts)):
            print(text, answer, sep=" = ")


if __name__ == "__main__":
    main()
