"""The model is an attribute of a class."""

import anthropic


class Planner:
    model = "claude-fable-5-2"
    max_tokens = 400

    def __init__(self) -> None:
        self.client = anthropic.Anthropic()

    def plan(self, goal: str) -> list[str]:
        with self.client.messages.stream(
            model=self.model,
            max_tokens=self.max_tokens,
            messages=[{"role": "user", "content": f"Make a plan with steps and risks: {goal}"}],
        ) as stream:
            return stream.get_final_text().split(" ")


for goal in ("open a depot in Graz", "replace the brakes"):
    print(len(Planner().plan(goal)), *Planner().plan(goal)[:5])
