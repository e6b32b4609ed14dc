"""What asks the model, by the module `openai` under another name."""

import openai as oai


class Describer:
    def __init__(self, model="gpt-6-luna"):
        self.model = model

    def describe(self, bird):
        answer = oai.responses.create(model=self.model, input=f"Describe the {bird} in a sentence.")
        return answer.output_text
