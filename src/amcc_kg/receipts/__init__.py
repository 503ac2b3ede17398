"""Receipts: what justifies a row of any query, down to the words of the passages.

A witness of a solution is a set of triples that gives it on its own. A receipt is one smallest witness, each
inferred triple replaced by the asserted ones that it follows from, each of these with the passages that
state it. No matched triple can be spared where only patterns are joined; of the asserted ones, one may follow
from the rest by the ontology and is shown nevertheless, because somebody states it. What each operator of
SPARQL 1.1 rests on:

    triple pattern          the matched triple; in GRAPH the quad, so the passage is given
    GRAPH                   what is matched in it; that it is there, if nothing is
    join                    what both sides rest on
    UNION, alternative path the side that gave it; the smaller where both did
    OPTIONAL                both sides; if it did not match, the left and an absence
    FILTER                  its pattern; EXISTS adds a witness of its inside, NOT EXISTS an absence
    MINUS                   its left and an absence
    BIND, VALUES            nothing: it comes from the query
    p+, p*, p?              the edges of one shortest path, none for length zero
    DISTINCT, REDUCED       one smallest among the solutions that give the row
    GROUP BY                COUNT, SUM, AVG, GROUP_CONCAT: every member; MIN, MAX, SAMPLE: the member that
                            gave the value; an empty group: an absence
    HAVING                  what its aggregates rest on; EXISTS and NOT EXISTS in it, or in a column of a
                            group, as in FILTER
    ORDER BY, LIMIT         nothing: a receipt justifies the row, not its place
    subquery                the receipt of the inner row
    CONSTRUCT               the witness of a solution that gives the triple
    DESCRIBE                the triple itself, and a solution that binds its resource; a blank node the triple
                            that leads to it
    ASK                     a witness of one solution, or an absence; if there are solutions and the slice
                            cuts them all off, that is said

Absences are claims about the whole graph, or what of it the query asks, so they carry its version and are
never mixed with witnesses.
(Why-provenance: Buneman, Khanna and Tan 2001; for SPARQL: Damásio, Analyti and Antoniou 2012, Hernández,
Galárraga and Hose 2021. Aggregates, paths and entailment are added here.)
"""
