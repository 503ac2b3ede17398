"""The engine asked whether it takes a text for a query."""

from __future__ import annotations

from pyoxigraph import Store


def accepted(text: str) -> bool:
    """Tell whether the engine parses a query; what it then cannot evaluate is a query all the same."""
    try:
        Store().query(text, base_iri="http://example.org/")
    except SyntaxError:
        return False
    except (RuntimeError, ValueError, OSError):
        return True
    return True
