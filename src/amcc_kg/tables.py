"""Tables that fit a terminal: columns share its width, long cells run over several lines.

Knows the width of characters by way of rich. Used on a terminal only; a pipe gets one line a row.
"""

from __future__ import annotations

import os
from io import StringIO


def fitted(lines: list[list[str]], width: int) -> str:
    """Return a table whose first line is its head, at most `width` characters wide where that can be done."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    out = StringIO()
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    console = Console(file=out, width=width, force_terminal=not plain, no_color=plain, legacy_windows=False)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", highlight=False)
    for name in lines[0]:
        table.add_column(Text(name), overflow="fold")
    for line in lines[1:]:
        table.add_row(*(Text(text) for text in line))
    console.print(table)
    return out.getvalue()
