# expects: bill at most 0.5
"""Each of two models gets the same prompts, twice: the loops over models and runs become `batch_map` as well, in the order of what is printed."""

import anthropic

client = anthropic.Anthropic()
MODELS = ["claude-haiku-5-5", "claude-haiku-4-5"]
QUESTIONS = ["Is tea warm?", "Is snow dry?", "Who rows?", "Why nine?", "When is noon?"]


def answers_of(model, questions):
    answers = []
    for question in questions:
        message = client.messages.create(
            model=model, max_tokens=20, messages=[{"role": "user", "content": question}]
        )
        answers.append(message.content[0].text)
    return answers


def compare(models):
    sizes = {}
    for model in models:
        print("==", model)
        for run in range(2):
            answers = answers_of(model, QUESTIONS)
            sizes[model, run] = sum(len(answer) for answer in answers)
            print(run, answers)
    return sizes


print(compare(MODELS))
