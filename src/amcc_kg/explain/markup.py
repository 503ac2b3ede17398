"""Explanations as RDF and as HTML.

    <statement/HASH>  a rdf:Statement, prov:Entity ; prov:wasDerivedFrom <statement/…>, <passage> ;
                      prov:wasGeneratedBy <statement/HASH#rule-name>
    <…#rule-name>     a prov:Activity ; prov:used <statement/…> ;
                      rdfs:label "prp-spo1" ; rdfs:comment "because …"

A statement has the same IRI here as in receipts. Knows vocabularies and tags; no proofs' meaning.
"""

from __future__ import annotations

from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from amcc_kg import terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amcc_kg.explain.steps import Step
    from amcc_kg.proofs import Proof


def graph(proofs: tuple[Proof, ...], steps: tuple[Step, ...]) -> tuple[Triple, ...]:
    """Return proofs as RDF, sorted."""
    found: set[Triple] = set()
    for proof, step in zip(proofs, steps, strict=True):
        _add(found, proof, step)
    return tuple(sorted(found, key=str))


def _add(found: set[Triple], proof: Proof, step: Step) -> None:
    if proof.conclusion is None:
        return

    def say(subject: NamedNode, predicate: str, object_: NamedNode | Literal) -> None:
        found.add(Triple(subject, _iri(predicate), object_))

    name = _statement(found, proof.conclusion)
    say(name, "rdf:type", _iri("prov:Entity"))
    for ground in step.grounds:
        say(name, "prov:wasDerivedFrom", NamedNode(ground.graph))
        for number, quote in enumerate(sorted(ground.citation.quotes) if ground.citation else (), start=1):
            passage, selector = NamedNode(ground.graph), NamedNode(f"{ground.graph}#quote-{number}")
            say(passage, "oa:hasSelector", selector)
            say(selector, "rdf:type", _iri("oa:TextQuoteSelector"))
            say(selector, "oa:exact", Literal(quote))
    if proof.rule is None:
        return
    told = "\n".join([*(premise.written for premise in step.premises), step.axioms])
    mark = sha256(told.encode()).hexdigest()[:8]
    activity = NamedNode(f"{name.value}#{proof.rule}-{mark}")
    say(name, "prov:wasGeneratedBy", activity)
    say(activity, "rdf:type", _iri("prov:Activity"))
    say(activity, "rdfs:label", Literal(proof.rule))
    say(activity, "rdfs:comment", Literal(f"because {step.because}", language="en"))
    for axiom in proof.axioms:
        # A blank node's name changes from run to run, so nothing that has an IRI may depend on it.
        if not isinstance(axiom.subject, NamedNode):
            continue
        if isinstance(axiom.object, NamedNode):
            say(activity, "prov:used", _statement(found, axiom))
        else:
            say(activity, "prov:used", axiom.subject)
    for premise, shown in zip(proof.premises, step.premises, strict=True):
        if premise.conclusion is not None:
            used = _statement(found, premise.conclusion)
            say(activity, "prov:used", used)
            say(name, "prov:wasDerivedFrom", used)
        _add(found, premise, shown)


def _statement(found: set[Triple], triple: Triple) -> NamedNode:
    digest = sha256(f"{triple} .".encode()).hexdigest()[:32]
    name = NamedNode(f"{terms.BASE}statement/{digest}")
    found.add(Triple(name, _iri("rdf:type"), _iri("rdf:Statement")))
    found.add(Triple(name, _iri("rdf:subject"), triple.subject))
    found.add(Triple(name, _iri("rdf:predicate"), triple.predicate))
    found.add(Triple(name, _iri("rdf:object"), triple.object))
    return name


def _iri(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(terms.PREFIXES[prefix] + local)


def html(steps: tuple[Step, ...]) -> str:
    """Return proofs as nested lists, to be shown in a notebook or on a page."""
    return f'<ul class="amcc-proof">{"".join("".join(_item(step)) for step in steps)}</ul>'


def _item(step: Step) -> Iterator[str]:
    yield f'<li><span title="{escape(step.written)}">{escape(step.words)}</span>'
    if step.rule is not None:
        formal = f"{step.rule}; {step.axioms}" if step.axioms else step.rule
        yield f"<br>because {escape(step.because)} <small>({escape(formal)})</small>"
        yield f"<ul>{''.join(''.join(_item(premise)) for premise in step.premises)}</ul>"
    for ground in step.grounds:
        said = str(ground.citation) if ground.citation else f"stated in {terms.shorten(ground.graph)}"
        yield (
            f'<br><q cite="{escape(ground.graph)}">{escape(said)}</q>'
            if ground.citation
            else (f"<br>{escape(said)}")
        )
        yield "".join(f" <small>{escape(place)}</small>" for place in ground.places)
    yield "</li>"
