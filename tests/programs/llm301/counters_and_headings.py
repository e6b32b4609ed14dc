# expects: bill at most 0.51
"""A counter and a heading that items set ahead of their calls, and read behind them."""

from openai import OpenAI

client = OpenAI()


def ask(text):
    response = client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": text}])
    return response.choices[0].message.content


with open("items.txt", "w", encoding="utf-8") as file:
    file.write("|".join(["# A", "one", "two", "# B", "three", "four"]))
with open("items.txt", encoding="utf-8") as file:
    lines = file.read().split("|")
c = 0
for line in lines:
    line_cp = line
    try:
        c += 1
        print("start", len(line))
        line = line.strip()
        if line == "two":
            raise ValueError(line)
        print(ask(line)[:20], end="\n")
    except Exception as e:
        print("Error at number", c, e)
        continue

section = ""
with open("out.txt", "w") as out:
    for line in lines:
        if line.startswith("#"):
            section = line.strip("# ")
            continue
        answer = ask(f"{line}!")
        out.write(f"{section}: {answer}\n")
print(open("out.txt").read())


def numbered(lines):
    number = 0
    found = []
    for line in lines:
        if not line.startswith("#"):
            number += 1
            answer = ask(f"{line}?")
            found.append(f"{number}. {answer}")
    print(number, found)


numbered(lines)
print(c, section)
