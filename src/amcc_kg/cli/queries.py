"""`amcc queries`: the list of saved queries as people and programs read it."""

from __future__ import annotations

import json
from typing import Annotated

from amcc_kg.cli.dataset import meant
from amcc_kg.cli.options import Output, Repo, choice
from amcc_kg.cli.streams import put
from amcc_kg.knowledge_graph import KnowledgeGraph
from amcc_kg.knowledge_graph import open as open_graph


def queries(
    format: Annotated[str, choice(("text", "json"), "How to write the list.")] = "text",
    output: Output = None,
    repo: Repo = None,
) -> None:
    """List the saved queries; raises `PlacedError` for one that is not well written."""
    graph = open_graph(meant(repo).root)
    put(_json(graph) if format == "json" else _text(graph), output)


def _text(graph: KnowledgeGraph) -> str:
    found = graph.queries()
    width = max((len(query.name) for query in found), default=0)
    lines = []
    for query in found:
        lines.append(f"{query.name.ljust(width)}  {query.question}")
        for p in query.parameters:
            default = "required" if p.default is None else f"default: {p.default}"
            about = f": {p.description}" if p.description else ""
            lines.append(f"{' ' * width}    -p {p.name}=<{p.type}> ({default}){about}")
    return "".join(f"{line}\n" for line in lines)


def _json(graph: KnowledgeGraph) -> str:
    """Return the queries as a JSON list, each parameter with the values that may be given now."""
    content = [
        {
            "name": query.name,
            "title": query.title,
            "question": query.question,
            "tags": list(query.tags),
            "parameters": [
                {
                    "name": p.name,
                    "type": p.type,
                    "required": p.default is None,
                    "default": p.default,
                    "allowed": graph.allowed_values(query, p.name) or None,
                    "description": p.description,
                }
                for p in query.parameters
            ],
        }
        for query in graph.queries()
    ]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
