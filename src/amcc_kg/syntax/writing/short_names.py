"""Short names of IRIs, as every syntax with prefixes writes them.

Knows no RDF library, because servers write with it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Narrower than Turtle allows, so that no parser needs to know an escape.
LOCAL_NAME = re.compile(r"[A-Za-z0-9_]+(?:[-A-Za-z0-9_]*[A-Za-z0-9_])?")


class Names:
    """The short names of IRIs under a prefix table; remembers which prefixes were needed."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._namespaces = sorted(
            ((namespace, prefix) for prefix, namespace in prefixes.items()), key=lambda pair: -len(pair[0])
        )
        self.used: dict[str, str] = {}

    def shorten(self, iri: str) -> str | None:
        """Return `prefix:local` for an IRI, or None if that would need a prefix or an escape we lack."""
        for namespace, prefix in self._namespaces:
            if iri.startswith(namespace) and LOCAL_NAME.fullmatch(iri, len(namespace)):
                self.used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        return None

    def header(self) -> str:
        """Return the `@prefix` lines of the names given out so far."""
        return "".join(
            f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in sorted(self.used.items())
        )
