"""Receipts: what justifies a row of any query, down to the words of the passages.

A witness of a solution is a set of triples that gives it on its own. A receipt is one smallest witness, each
inferred triple replaced by the asserted ones that it follows from, each of these with the passages that
state it. No matched triple can be spared where only patterns are joined; of the asserted ones, one may follow
from the rest by the ontology and is shown nevertheless, because somebody states it. Absences are claims about
the whole graph, or what of it the query asks, so they carry its version and are never mixed with witnesses.

Here live the tracer, what it asks of the engine, where triples come from, and in `writing` the formats; the
value is `amcc_kg.graph`'s, because rows carry it. What a query says is read in `amcc_kg.sparql`, and why a
triple holds is `amcc_kg.explain`'s: neither belongs here, nor does how an answer is had.
"""
