# expects: bill at most 0.5
"""A method asks, and another one goes through the items."""

import anthropic


class Grader:
    def __init__(self, scale: str) -> None:
        self.client = anthropic.Anthropic()
        self.scale = scale

    def grade(self, essay: str) -> str:
        response = self.client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=5,
            system=self.scale,
            messages=[{"role": "user", "content": essay}],
        )
        return response.content[0].text.strip()

    def grade_all(self, essays: list[str]) -> dict[str, str]:
        grades = {}
        for essay in essays:
            grades[essay] = self.grade(essay)
        return grades


grader = Grader("Answer with one of: A, B, C.")
print(grader.grade_all(["My dog", "My cat", "My bird", "My fish"]))
