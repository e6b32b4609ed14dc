# expects: bill at most 0.51
"""A setting may name another host, and names none here. What a task does ahead of its call, as many do at the same time as before."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from openai import OpenAI

client = OpenAI(base_url=os.getenv("LIGHTHOUSE_URL"))
lock = threading.Lock()
reading, most = 0, 0


def read(name):
    global reading, most
    with lock:
        reading += 1
        most = max(most, reading)
    pages = f"Log of the lighthouse {name}"
    with lock:
        reading -= 1
    return pages


def summarize(name):
    response = client.chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": f"Summarize: {read(name)}"}]
    )
    return f"{name}: {response.choices[0].message.content}"


def main():
    names = ["Eddystone", "Fastnet", "Skerryvore", "Bell Rock", "Phare du Four"]
    with ThreadPoolExecutor(max_workers=2) as pool:
        for line in pool.map(summarize, names):
            print(line)
    print("two at most" if most <= 2 else "too many")


if __name__ == "__main__":
    main()
