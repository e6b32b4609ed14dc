# expects: bill at most 0.51
"""Items with and without a call add to a list in a dict, and to one that may have been filled before."""

from openai import OpenAI

client = OpenAI()
rows = [{"id": str(number), "answer": "" if number % 3 == 1 else f"Answer {number}"} for number in range(7)]


def ask(text):
    response = client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": text}])
    return response.choices[0].message.content[:30]


def graded(row):
    if not row["answer"]:
        return {"id": row["id"], "grade": None}
    return {"id": row["id"], "grade": ask(row["answer"])}


def grades():
    results = {"grades": [], "count": 0}
    for number, row in enumerate(rows):
        result = graded(row)
        results["grades"].append(result)
        print(number, result["grade"])
    return results


def merged(before):
    if before:
        found = list(before)
    else:
        found = []
    for row in rows:
        if row["id"] == "0":
            continue
        if not row["answer"]:
            found.append(row["id"])
            continue
        answer = ask(row["answer"] + "?")
        found.append(answer)
    found = found[::-1]
    return found


print(grades())
print(merged(["x"]), merged([]))
