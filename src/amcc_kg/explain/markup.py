"""Explanations as RDF and as HTML.

    <statement/HASH>  a rdf:Statement, prov:Entity ; prov:wasDerivedFrom <statement/…>, <passage> ;
                      prov:wasGeneratedBy <statement/HASH#rule-name> ; prov:atLocation <…#place-1>
    <…#rule-name>     a prov:Activity ; prov:used <statement/…> ;
                      rdfs:label "prp-spo1" ; rdfs:comment "because …" ; prov:atLocation <…-place-1>
    <passage>         a oa:SpecificResource ; oa:hasSource <document> ; amcc:attributedTo <speaker> ;
                      rdfs:label "…, sentence 5" ; oa:hasSelector <passage#quote-1>
    <…place-1>        a prov:Location ; rdfs:label "data/….ttl:30"

The place of a rule is that of its axioms. A statement has the same IRI here as in receipts. Knows
vocabularies and tags; no proofs' meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from html import escape

from pyoxigraph import Literal, NamedNode, Triple

from amcc_kg.explain.steps import Step
from amcc_kg.receipts.writing.rdf import Provenance, iri
from amcc_kg.repository.citations import Citation
from amcc_kg.terms import prefixes


def graph(steps: tuple[Step, ...]) -> tuple[Triple, ...]:
    """Return proofs as RDF, sorted."""
    found = Provenance()
    for step in steps:
        _add(found, step)
    return tuple(sorted(found.triples, key=str))


def _add(found: Provenance, step: Step) -> NamedNode | None:
    """Add a step and all below it; return the IRI of what it concludes, None for a contradiction."""
    if step.triple is None:
        return None
    name = found.statement(step.triple, str(step.triple))
    found.add(name, "rdf:type", iri("prov:Entity"))
    for ground in step.grounds:
        found.add(name, "prov:wasDerivedFrom", NamedNode(ground.graph))
        if (cited := ground.citation) is not None:
            found.add(found.passage(cited), "rdfs:label", Literal(f"{cited.title}, {cited.name}"))
            for speaker, called in zip(cited.attributed_to, cited.speakers, strict=True):
                found.add(NamedNode(speaker), "rdfs:label", Literal(called))
    _locate(found, name, "#", tuple(place for ground in step.grounds for place in ground.places))
    if step.rule is None:
        return name
    told = "\n".join([*(premise.written for premise in step.premises), step.axioms])
    mark = sha256(told.encode()).hexdigest()[:8]
    activity = NamedNode(f"{name.value}#{step.rule}-{mark}")
    found.add(name, "prov:wasGeneratedBy", activity)
    found.add(activity, "rdf:type", iri("prov:Activity"))
    found.add(activity, "rdfs:label", Literal(step.rule))
    found.add(activity, "rdfs:comment", Literal(f"because {step.because}", language="en"))
    _locate(found, activity, "-", step.axiom_places)
    for axiom in step.proof.axioms:
        # A blank node is called otherwise when the graph changes: nothing that has an IRI may depend on it.
        if isinstance(axiom.subject, NamedNode):
            whole = isinstance(axiom.object, NamedNode)
            used = found.statement(axiom, str(axiom)) if whole else axiom.subject
            found.add(activity, "prov:used", used)
    for premise in step.premises:
        if (held := _add(found, premise)) is not None:
            found.add(activity, "prov:used", held)
            found.add(name, "prov:wasDerivedFrom", held)
    return name


def _locate(found: Provenance, what: NamedNode, mark: str, places: tuple[str, ...]) -> None:
    for number, place in enumerate(sorted(places), start=1):
        spot = NamedNode(f"{what.value}{mark}place-{number}")
        found.add(what, "prov:atLocation", spot)
        found.add(spot, "rdf:type", iri("prov:Location"))
        found.add(spot, "rdfs:label", Literal(place))


def html(steps: tuple[Step, ...]) -> str:
    """Return proofs as nested lists, to be shown in a notebook or on a page."""
    return f'<ul class="amcc-proof">{"".join("".join(_item(step)) for step in steps)}</ul>'


def _cited(citation: Citation) -> str:
    """Return where a passage stands and who speaks, and in quotation marks its words and nothing else."""
    source = f' cite="{escape(citation.passage)}"'
    quotes = [citation.words[1:-1]] if citation.sentence else citation.quotes
    words = " … ".join(f"<q{source}>{escape(quote)}</q>" for quote in quotes)
    where = ", ".join(filter(None, (citation.title, citation.name)))
    return escape(where) + (f": {words}" if words else " (no text of this source is held here)")


def _item(step: Step) -> Iterator[str]:
    yield f'<li><span title="{escape(step.written)}">{escape(step.words)}</span>'
    if step.rule is not None:
        formal = f"{step.rule}; {step.axioms}" if step.axioms else step.rule
        yield f"<br>because {escape(step.because)} <small>({escape(formal)})</small>"
        yield f"<ul>{''.join(''.join(_item(premise)) for premise in step.premises)}</ul>"
    for ground in step.grounds:
        if ground.citation:
            yield f"<br>says {_cited(ground.citation)}"
        else:
            yield f"<br>stated in {escape(prefixes.shorten(ground.graph))}"
        yield "".join(f" <small>{escape(place)}</small>" for place in ground.places)
    yield "</li>"
