"""The spelling of the place is kept: a router's slug."""

import os

import openai

router = openai.OpenAI(base_url=os.environ["OPENAI_BASE_URL"])
completion = router.chat.completions.create(
    model="anthropic/claude-opus-5.5",
    messages=[{"role": "user", "content": "Design a timetable for six lines and defend it."}],
)
print(completion.choices[0].message.content)
