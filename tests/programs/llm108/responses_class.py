# options: --min-confidence low
"""The Responses API, from an object."""

import openai


class Helper:
    """Answers by the handbook."""

    def __init__(self, model: str = "gpt-6.1-sol") -> None:
        self.client = openai.OpenAI()
        self.model = model
        with open("handbook.md") as file:
            self.instructions = file.read()

    def help(self, question: str) -> str:
        response = self.client.responses.create(
            model=self.model,
            instructions=self.instructions,
            input=question,
            max_output_tokens=200,
        )
        return response.output_text


helper = Helper()
for number in range(1, 7):
    print(helper.help(f"What does rule {number} say?"))
