# expects: bill at most 0.5
"""What is printed ahead of a call and behind it stays together, also in a loop in a loop; each call has a time-out of its own."""

import time

import openai

client = openai.OpenAI(
    max_retries=4,
)
SHOPS = {"Tea": ["black", "green", "white", "mint", "red"], "Milk": ["cow", "oat", "goat", "rice", "sheep"]}


def label(text):
    print(f"  asking for {text}")
    answer = client.chat.completions.create(
        model="gpt-6-luna", max_completion_tokens=30, messages=[{"role": "user", "content": f"Label: {text}"}], timeout=45
    )
    return answer.choices[0].message.content


for shop, goods in SHOPS.items():
    print(f"=== {shop} ===")
    for good in goods:
        print(f"--- {good} ---")
        print(label(good))
        time.sleep(0.01)
    print("=" * 20)
