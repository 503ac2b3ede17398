"""The names of the files that hold the whole graph, for who links to them without making them."""

from __future__ import annotations

WHOLE = "amcc-kg"
DESCRIPTION = "void.ttl"
# The syntaxes that the whole graph is published in; the one that most people want comes first.
EVERYTHING = tuple(f"{WHOLE}.{suffix}" for suffix in ("ttl", "jsonld", "nt", "trig", "nq"))
