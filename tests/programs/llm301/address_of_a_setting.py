# expects: bill at most 0.51
"""A setting may name another host, and is named for the vendor's own in the environment."""

import os

from openai import OpenAI


class Grader:
    def __init__(self, base_url=None):
        settings = {"api_key": os.environ["OPENAI_API_KEY"]}
        if base_url:
            settings["base_url"] = base_url
        self.client = OpenAI(**settings)

    def grade(self, essay):
        response = self.client.chat.completions.create(
            model="gpt-6-luna", messages=[{"role": "user", "content": f"Grade this essay from A to F: {essay}"}]
        )
        return response.choices[0].message.content


grader = Grader(os.getenv("GRADER_URL"))
essays = ["On bees", "My summer", "Why bridges fall", "A history of salt"]
grades = []
for essay in essays:
    grades.append(grader.grade(essay))
print(*grades, sep="\n")
