"""An interviewer asks, and a list keeps both sides."""

import asyncio

import anthropic

client = anthropic.AsyncAnthropic()
STORY = open("handbook.md", encoding="utf-8").read()
ANSWERS = ["I wrote it last winter.", "Because of the dogs.", "Nobody reads chapter three.", "Yes, gladly."]


async def interview() -> None:
    turns = [{"role": "user", "content": f"Interview me about my text. Ask one question at a time.\n\n{STORY}"}]
    for answer in ANSWERS:
        async with client.messages.stream(model="claude-sonnet-5-5", max_tokens=100, messages=turns) as stream:
            question = await stream.get_final_text()
        print("Q:", question)
        print("A:", answer)
        turns += [{"role": "assistant", "content": question}, {"role": "user", "content": answer}]


asyncio.run(interview())
