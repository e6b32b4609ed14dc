# expects: bill at most 0.5
"""A comprehension over models calls a loop over rows of another file, which is also called by itself."""

import openai
from grading import grade

SHEETS = {"north": ["2+2=4", "3+3=7"] * 5, "south": ["5+1=6"], "west": ["9-3=5", "8-8=0", "1+1=3"]}
client = openai.OpenAI()

print({name: grade(client, name, rows) for name, rows in SHEETS.items()})
print(grade(client, "again", SHEETS["north"]))
