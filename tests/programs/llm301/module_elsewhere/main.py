# expects: bill at most 0.51
"""The key is set once the program runs, and another file makes the calls."""

import os

import openai
from asking import Describer

birds = ["dunnock", "wryneck", "smew", "godwit"]


def main():
    openai.api_key = os.environ["OPENAI_API_KEY"]
    openai.organization = "org-of-the-birds"
    describer = Describer()
    lines = []
    for number, bird in enumerate(birds, 1):
        lines.append(f"{number}. {bird}: {describer.describe(bird)}")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
