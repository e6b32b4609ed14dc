"""Grades of one sheet."""


def grade(client, name, rows):
    grades = []
    for row in rows:
        answer = client.chat.completions.create(
            model="gpt-4.1-mini", max_tokens=20, messages=[{"role": "user", "content": f"Is this right? {row}"}]
        )
        text = answer.choices[0].message.content
        grades.append(len(text))
        print(name, row, text)
    return sum(grades)
