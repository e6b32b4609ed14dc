"""Goes through the handbook with the night editor."""

from pathlib import Path

from session import Session

session = Session(Path("handbook.md").read_text())
print(session.step())
for remark in ["Is the tone right?", "And the luggage?", "Then we are done."]:
    print(session.step(remark))
