"""Tables that fit a terminal: columns share its width, long cells run over several lines.

Where columns would have to break words, each row becomes a record of its own, a line a column. Imported for a
terminal only, because rich, which knows the width of characters, is heavy; a pipe gets one line a row.
"""

from __future__ import annotations

import os
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

_GAP = 3  # between two columns


def fitted(lines: list[list[str]], width: int) -> str:
    """Return a table whose first line is its head, at most `width` characters wide where that can be done."""
    out = StringIO()
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    console = Console(file=out, width=width, force_terminal=not plain, no_color=plain, legacy_windows=False)
    whole = _fits(lines, width) or len(lines) == 1
    console.print(_columns(lines) if whole else _records(lines, console))
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def _fits(lines: list[list[str]], width: int) -> bool:
    """Tell whether each column can have the width of its longest word."""
    longest = [
        max(cell_len(word) for text in column for word in (text.split() or [""]))
        for column in zip(*lines, strict=True)
    ]
    return sum(longest) + _GAP * (len(longest) - 1) <= width


def _columns(lines: list[list[str]]) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", highlight=False)
    for name in lines[0]:
        table.add_column(Text(name), overflow="fold")
    for line in lines[1:]:
        table.add_row(*(Text(text) for text in line))
    return table


def _records(lines: list[list[str]], console: Console) -> RenderableType:
    parts: list[RenderableType] = []
    for number, line in enumerate(lines[1:], 1):
        record = Table.grid(padding=(0, 2))
        record.add_column(style="bold", no_wrap=True)
        record.add_column(overflow="fold")
        for name, text in zip(lines[0], line, strict=True):
            record.add_row(Text(name), Text(text))
        characters = "─" if console.encoding.startswith("utf") else "-"
        parts += [Rule(f"row {number}", align="left", style="", characters=characters), record]
    return Group(*parts)
