"""Code that Python takes and libcst does not, or takes a deep stack for: it is looked at and fixed, but for codemods that need libcst's tree."""

from __future__ import annotations

from pathlib import Path

import pytest

CODE = {
    "a long prompt of literals side by side": "TEXT = (\n" + '    "some words "\n' * 3500 + ")\n",
    "operands in their thousands": "x = " + " or ".join(["client"] * 9000) + "\n",
    "names with thousands of dots": "import a" + ".b" * 3000 + "\n",
    "an annotated name in parentheses": "(x): int = 1\n",
    "a line that goes on before an indent": "def f():\n\\\n    return 1\n",
    "a form feed before an indent": "\x0cdef f():\n\x0c    return 1\n\x0c\n",
    "thousands of augmented assignments": 'TEXT = ""\n' + 'TEXT += "some words"\n' * 5000,
}
LOOP = """

def run(questions):
    for question in questions:
        reply = client.messages.create(model="claude-opus-4-1", max_tokens=9, messages=[{"role": "user", "content": question}])
        print(reply.content[0].text)
"""


@pytest.mark.parametrize("kind", CODE)
def test_is_fixed_as_far_as_it_can_be(llmlint, folder: Path, leak: str, kind: str) -> None:
    (folder / "app.py").write_text(leak + LOOP + CODE[kind])
    outcome = llmlint("--diff", "--unsafe-fixes")
    assert outcome.code == 1
    assert "error" not in outcome.err
    assert "cache_control" in outcome.out
    assert "left out" not in outcome.err
