"""A knowledge graph in which every answer shows the sentence it rests on.

import amcc_kg
kg = amcc_kg.open()
print(kg.query("who-chaired"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amcc_kg.terms.version import __version__

if TYPE_CHECKING:
    from amcc_kg.graph.answers import Result, Row
    from amcc_kg.graph.hints import Hint
    from amcc_kg.graph.receipt import Receipt
    from amcc_kg.knowledge_graph import KnowledgeGraph, open
    from amcc_kg.repository.saved_queries import Parameter, SavedQuery
    from amcc_kg.terms.errors import (
        AmccError,
        ColumnError,
        EngineError,
        InconsistentError,
        InputError,
        PlacedError,
    )

__all__ = [
    "AmccError",
    "ColumnError",
    "EngineError",
    "Hint",
    "InconsistentError",
    "InputError",
    "KnowledgeGraph",
    "Parameter",
    "PlacedError",
    "Receipt",
    "Result",
    "Row",
    "SavedQuery",
    "__version__",
    "open",
]

_ERRORS = ("AmccError", "ColumnError", "EngineError", "InconsistentError", "InputError", "PlacedError")
_HOMES = {
    **dict.fromkeys(_ERRORS, "terms.errors"),
    "Hint": "graph.hints",
    "KnowledgeGraph": "knowledge_graph",
    "Parameter": "repository.saved_queries",
    "Receipt": "graph.receipt",
    "Result": "graph.answers",
    "Row": "graph.answers",
    "SavedQuery": "repository.saved_queries",
    "open": "knowledge_graph",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import amcc_kg` costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
