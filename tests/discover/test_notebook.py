"""Notebooks: their code as one module, and changes put back without touching anything else."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from llmlint.discover.decode import MAX_SOURCE_BYTES, DecodeError
from llmlint.discover.notebook import mask_broken_cells, read_notebook, write_notebook
from llmlint.findings import Edit
from llmlint.source import Location, Source, Span

PATH = "n.ipynb"


def code(source: str | list[str], **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source, **more}


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(*cells: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4, "nbformat_minor": 5, **more}


def as_bytes(content: object, indent: int | None = 1) -> bytes:
    return (json.dumps(content, indent=indent, ensure_ascii=False) + "\n").encode()


def read(*cells: dict[str, Any], **more: Any) -> Source:
    return read_notebook(as_bytes(notebook(*cells, **more)), PATH)


def insert(at: int, new: str) -> Edit:
    return Edit(Span(PATH, at, at), new)


def replace(source: Source, old: str, new: str) -> Edit:
    assert source.text.count(old) == 1
    start = source.text.index(old)
    return Edit(Span(PATH, start, start + len(old)), new)


def test_code_cells_make_one_module_in_order() -> None:
    source = read(text("# Title"), code(["import a\n", "x = 1"]), code([]), text("x"), code("y = 2\n"), code("z = 3"))
    assert source.text == "import a\nx = 1\n\ny = 2\n\nz = 3\n"
    assert [(cell.index, source.text[cell.start : cell.end]) for cell in source.cells] == [
        (1, "import a\nx = 1"),
        (2, ""),
        (4, "y = 2\n"),
        (5, "z = 3"),
    ]
    assert all(source.text[cell.end] == "\n" for cell in source.cells)


def test_places_are_inside_their_cells() -> None:
    source = read(text("# Title"), code(["import a\n", "x = 1"]), code("!ls\ny = 2"))
    assert source.location(source.text.index("x = 1")) == Location(2, 1, 1)
    assert source.location(source.text.index("y = 2")) == Location(2, 1, 2)
    assert source.location(source.cells[1].start) == Location(1, 1, 2)
    assert source.location(source.text.index("= 2")) == Location(2, 3, 2)


def test_magics_are_masked_and_offsets_hold() -> None:
    source = read(code("%pip install x\nif a:\n    !ls\ny = 1"), code("%%bash\nfor i in *; do"), code("%%time\nz = 1"))
    ast.parse(source.text)
    assert "ls" not in source.text
    assert "do" not in source.text
    assert source.text.splitlines()[3] == "y = 1"
    assert source.text.rstrip().endswith("z = 1")


@pytest.mark.parametrize(
    ("metadata", "is_python"),
    [
        ({}, True),
        ({"kernelspec": {"language": "python"}}, True),
        ({"language_info": {"name": "python"}}, True),
        ({"language_info": {"name": "ipython"}}, True),
        ({"language_info": {"name": "R"}}, False),
        ({"kernelspec": {"language": "julia"}}, False),
        ({"kernelspec": {"language": "python"}, "language_info": {"name": "scala"}}, False),
        ({"language_info": None, "kernelspec": "odd"}, True),
    ],
)
def test_only_python_notebooks_have_text(metadata: dict[str, Any], is_python: bool) -> None:
    source = read(code("x = 1"), metadata=metadata)
    assert (source.text, len(source.cells)) == (("x = 1\n", 1) if is_python else ("", 0))


def test_cells_of_another_language_are_left_out() -> None:
    source = read(
        code("x <- 1", metadata={"vscode": {"languageId": "r"}}), code("y = 1", metadata={"vscode": {"languageId": "python"}})
    )
    assert source.text == "y = 1\n"
    assert source.cells[0].index == 1


@pytest.mark.parametrize(
    ("metadata", "is_python"),
    [
        ({"vscode": {"languageId": "sql"}}, False),
        ({"vscode": {"languageId": "plaintext"}}, False),
        ({"polyglot_notebook": {"kernelName": "csharp"}}, False),
        ({"dotnet_interactive": {"language": "pythonkernel"}}, True),
        ({"kernel": "R"}, False),
        ({"kernel": "Python3"}, True),
        ({"vscode": {}, "kernel": 3}, True),
    ],
)
def test_a_cell_may_name_its_language(metadata: dict[str, Any], is_python: bool) -> None:
    assert bool(read(code("x = 1", metadata=metadata)).cells) is is_python


def test_a_cell_of_a_notebook_in_another_language_may_be_python() -> None:
    other = {"kernelspec": {"language": "C#"}}
    source = read(code("var x = 1;"), code("x = 1", metadata={"dotnet_interactive": {"language": "python"}}), metadata=other)
    assert [cell.index for cell in source.cells] == [1]


def test_format_3_has_its_cells_on_worksheets() -> None:
    sheets = [
        {"cells": [{"cell_type": "markdown", "source": "t"}, {"cell_type": "code", "input": "x = 1", "language": "python"}]},
        {"cells": [{"cell_type": "code", "input": ["y <- 1"], "language": "R"}, {"cell_type": "code", "input": ["z = 1"]}]},
    ]
    source = read_notebook(as_bytes({"nbformat": 3, "worksheets": sheets, "metadata": {}}), PATH)
    assert source.text == "x = 1\nz = 1\n"
    assert [cell.index for cell in source.cells] == [1, 3]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not a notebook: Expecting"),
        (b"[]", "not a notebook: no object with `nbformat`"),
        (b'{"cells": []}', "not a notebook: no object with `nbformat`"),
        (b'{"nbformat": 2, "worksheets": []}', "notebook format 2: only formats 3 and 4 can be read"),
        (b'{"nbformat": 3, "cells": []}', "not a notebook: `worksheets` is not a list of objects"),
        (b'{"nbformat": 3, "worksheets": [{}]}', "not a notebook: `cells` is not a list of objects"),
        (b'{"nbformat": 3, "worksheets": [{"cells": [{"input": 1}]}]}', "not a notebook: `input` of cell 0 is not text"),
        (b'{"nbformat": 4}', "not a notebook: `cells` is not a list of objects"),
        (b'{"nbformat": 4, "cells": [1]}', "not a notebook: `cells` is not a list of objects"),
        (b'{"nbformat": 4, "cells": [{"source": [1]}]}', "not a notebook: `source` of cell 0 is not text"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\\ud800"}]}', "a NUL or half of a surrogate pair"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\\u0000"}]}', "a NUL or half of a surrogate pair"),
        (b'{"nbformat": 4, "x": "\xff"}', "not valid utf-8: byte 0xff at offset 22"),
        (b"[" * 200_000, "not a notebook: "),
        (as_bytes(notebook(code("#" * MAX_SOURCE_BYTES))), "larger than 10 MB"),
    ],
)
def test_what_is_no_notebook_is_an_error_of_one_line(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_notebook(data, PATH)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_an_empty_file_is_an_empty_notebook() -> None:
    assert read_notebook(b"", PATH).text == read_notebook(b"\n", PATH).text == ""


def test_a_notebook_may_hold_much_more_than_code() -> None:
    image = {"output_type": "display_data", "data": {"image/png": "A" * (MAX_SOURCE_BYTES + 1)}}
    assert read(code("x = 1", outputs=[image])).text == "x = 1\n"


def test_broken_cells_are_blanked_and_named() -> None:
    source = read(code("x = 1"), text("-"), code("install x\ny"), code("z = (1,"), code("w = 2"))

    def parses(cell: str) -> bool:
        try:
            ast.parse(cell)
        except SyntaxError:
            return False
        return True

    sound, broken = mask_broken_cells(source, parses)
    assert broken == (2, 3)
    assert sound.cells == source.cells
    assert len(sound.text) == len(source.text)
    assert sound.text.split() == ["x", "=", "1", "w", "=", "2"]
    ast.parse(sound.text)


FORMS = {
    "nbformat": as_bytes(notebook(text("é"), code(["import a\n", "x = 1\n", "\n", 'y = "é"']), code(["z = 3"]), code([]))),
    "tabs": json.dumps(notebook(code(["import a\n", "x = 1\n", "\n", 'y = "é"']), code(["z = 3"])), indent="\t").encode(),
    "one line": json.dumps(notebook(code(["import a\n", "x = 1\n", "\n", 'y = "é"']), code(["z = 3"]))).encode(),
    "compact": json.dumps(
        notebook(code(["import a\n", "x = 1\n", "\n", 'y = "é"']), code(["z = 3"])), separators=(",", ":")
    ).encode(),
    "strings": as_bytes(notebook(code('import a\nx = 1\n\ny = "é"'), code("z = 3")), indent=2),
    "crlf": as_bytes(notebook(code(["import a\n", "x = 1\n", "\n", 'y = "é"']), code(["z = 3"]))).replace(b"\n", b"\r\n"),
    "bom": b"\xef\xbb\xbf" + as_bytes(notebook(code(["import a\n", "x = 1\n", "\n", 'y = "é"']), code(["z = 3"]))),
    "odd": b'{ "nbformat" : 4,"cells":[ {"source" :[ "import a\\n","x = 1\\n" , "\\u000a","y = \\"\\u00e9\\""  ], "cell_type":"code"} ,'
    b'{"cell_type":"code","source":["z = 3"],"metadata":{"n":1.50,"s":"\\/"}}] , "metadata":{"e":1E5}}\n\n',
    "source twice": b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["old"], '
    b'"source": ["import a\\n", "x = 1\\n", "\\n", "y = \\"\\u00e9\\""]},'
    b' {"cell_type": "code", "source": ["z = 3"]}]}',
    "format 3": as_bytes(
        {
            "worksheets": [
                {"cells": [{"cell_type": "code", "input": ["import a\n", "x = 1\n", "\n", 'y = "é"'], "language": "python"}]},
                {"cells": [{"cell_type": "heading", "source": "é"}, {"cell_type": "code", "input": ["z = 3"]}]},
            ],
            "nbformat": 3,
            "metadata": {"name": "é"},
        }
    ),
    "not a number": as_bytes(
        notebook(code(["import a\n", "x = 1\n", "\n", 'y = "é"'], outputs=[{"v": float("nan")}]), code(["z = 3"]))
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_nothing_changes_without_a_change(form: str) -> None:
    data = FORMS[form]
    source = read_notebook(data, PATH)
    assert write_notebook(data, source, []) == data
    assert write_notebook(data, source, source.text) == data
    assert write_notebook(data, source, [replace(source, "x = 1", "x = 1")]) == data


@pytest.mark.parametrize("form", FORMS)
def test_only_the_changed_lines_change(form: str) -> None:
    data = FORMS[form]
    source = read_notebook(data, PATH)
    edits = [replace(source, "x = 1", 'x = "ü"\nx2 = 2'), insert(0, "import b\n")]
    written = write_notebook(data, source, edits)
    assert written is not None
    expected = "import b\n" + source.text.replace("x = 1", 'x = "ü"\nx2 = 2')
    assert read_notebook(written, PATH).text == expected
    assert write_notebook(data, source, expected) == written
    # Everything but the lines of one cell is the same, byte for byte.
    start = data.index(b"import a") - 1
    assert written.startswith(data[:start])
    # Where a cell's text is one string, all of that string is written anew.
    assert written.endswith(data[data.index(b"z = 3" if form == "strings" else b"y = ") :])
    if form != "odd":
        again = read_notebook(written, PATH)
        assert write_notebook(written, again, source.text) == data


def test_the_form_of_lists_and_escapes_is_kept() -> None:
    data = as_bytes(notebook(code(["a = 1\n", "b = 2"]), code(["c = 3"])))
    source = read_notebook(data, PATH)
    written = write_notebook(
        data, source, [insert(source.text.index("b = 2"), "# ü\n"), insert(source.text.index("c = 3"), "d = 4\n")]
    )
    assert written == as_bytes(notebook(code(["a = 1\n", "# ü\n", "b = 2"]), code(["d = 4\n", "c = 3"])))
    ascii_only = json.dumps(notebook(text("ü"), code(["a = 1\n", "b = 2"])), indent=1).encode()
    source = read_notebook(ascii_only, PATH)
    written = write_notebook(ascii_only, source, [insert(0, "# ü\n")])
    assert written == json.dumps(notebook(text("ü"), code(["# ü\n", "a = 1\n", "b = 2"])), indent=1).encode()


def test_magics_come_back_as_they_were() -> None:
    cells = [
        code("%pip install a\nx = 1\n!ls 'it"),
        code("%%time\ny = 2\n%time z = f(x)\n"),
        code("%%bash\necho"),
        code("w = !ls\nv = 1"),
    ]
    data = as_bytes(notebook(*cells))
    source = read_notebook(data, PATH)
    edits = [
        replace(source, "x = 1", "x = [\n  1]"),
        replace(source, "f(x)", "g()"),
        replace(source, "y = 2", "y = 3"),
        replace(source, "v = 1", "v"),
    ]
    written = write_notebook(data, source, edits)
    assert written is not None
    assert [cell["source"] for cell in json.loads(written)["cells"]] == [
        "%pip install a\nx = [\n  1]\n!ls 'it",
        "%%time\ny = 3\n%time z = g()\n",
        "%%bash\necho",
        "w = !ls\nv",
    ]


def test_insertions_at_one_place_keep_their_order() -> None:
    data = as_bytes(notebook(code("x = 1")))
    source = read_notebook(data, PATH)
    written = write_notebook(data, source, [insert(0, "a\n"), insert(0, "b\n")])
    assert written is not None
    assert read_notebook(written, PATH).text == "a\nb\nx = 1\n"


def test_edits_at_the_border_of_cells_stay_in_their_cell() -> None:
    data = as_bytes(notebook(code("x = 1"), code("y = 2")))
    source = read_notebook(data, PATH)
    first, second = source.cells

    def written(*edits: Edit) -> list[str]:
        out = write_notebook(data, source, edits)
        assert out is not None
        return [cell["source"] for cell in json.loads(out)["cells"]]

    assert written(insert(first.end, "\nend")) == ["x = 1\nend", "y = 2"]
    assert written(insert(second.start, "start\n")) == ["x = 1", "start\ny = 2"]
    assert written(Edit(Span(PATH, 0, first.end + 1), "z = 1\n")) == ["z = 1", "y = 2"]
    assert written(Edit(Span(PATH, 0, first.end + 1), "")) == ["", "y = 2"]
    assert written(Edit(Span(PATH, 0, first.end), "")) == ["", "y = 2"]
    assert written(insert(second.end, "\n# last")) == ["x = 1", "y = 2\n# last"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1\ny", "1, y"),
        ("_ ", "import os"),
        ("x = 1\n", "x = 1"),
    ],
    ids=["crosses cells", "replaces a magic", "takes the line end between cells"],
)
def test_what_cannot_be_put_back_is_refused(old: str, new: str) -> None:
    data = as_bytes(notebook(code("%cd\nx = 1"), code("y = 2")))
    source = read_notebook(data, PATH)
    assert write_notebook(data, source, [replace(source, old, new)]) is None


def test_nothing_may_come_before_the_magic_of_a_cell_or_become_part_of_a_magic() -> None:
    for cell in ("%%time\nx = 1", "%%bash\nls", "%md\ntext"):
        data = as_bytes(notebook(code(cell)))
        source = read_notebook(data, PATH)
        assert write_notebook(data, source, [insert(0, "import os\n")]) is None
    data = as_bytes(notebook(code("!ls\nx = 1")))
    source = read_notebook(data, PATH)
    assert write_notebook(data, source, [insert(3, "; y = 1")]) is None
    written = write_notebook(data, source, [insert(0, "import os\n")])
    assert written is not None
    assert json.loads(written)["cells"][0]["source"] == "import os\n!ls\nx = 1"


def test_a_text_and_its_notebook_must_belong_together() -> None:
    data = as_bytes(notebook(code("x = 1")))
    other = read(code("x = 12345"))
    assert write_notebook(data, other, [insert(0, "import os\n")]) is None
