# fixes: LLM105 unsafe
"""What is found for each question stands ahead of the history."""

import anthropic

client = anthropic.Anthropic()
BOOK = open("handbook.md").read()
LINES = [line for line in BOOK.splitlines() if line.strip()]


class Memory:
    def search(self, text: str) -> str:
        start = sum(map(ord, text)) % (len(LINES) - 2)
        return "\n".join(LINES[start : start + 2])


def talk(memory: Memory, questions: list[str]) -> None:
    messages = [{"role": "user", "content": BOOK}, {"role": "assistant", "content": "I have read it."}]
    for question in questions:
        messages.append({"role": "user", "content": question})
        known = memory.search(question)
        reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system="You know:\n" + known, messages=messages)
        messages.append({"role": "assistant", "content": reply.content[0].text})
    print(len(messages))


talk(Memory(), ["May I smoke?", "And on deck?", "Where is the first aid box?", "Who has the key?", "At night too?"])
