"""Every deliberate difference between what this package infers and W3C's OWL 2 RL, each with its reason.

Three kinds: rules that `amcc_kg.reasoning.rules` states otherwise than the text, conclusions that
`amcc_kg.reasoning.closure` leaves out of the closure, whichever reasoner drew them, and corrections that
`amcc_kg.reasoning.second_opinion` makes to owlrl, so that the two reasoners can be
compared at all. A test shows each.
"""

from __future__ import annotations

DIFFERENCES: dict[str, str] = {
    "eq-ref": "that a thing is the same as itself is true of everything and answers nothing; where it would "
    "matter (eq-diff1: different from itself) the table has a rule of its own; of a property that an "
    "ontology puts above owl:sameAs, or makes equivalent to it, it is not concluded either",
    "prp-ap, dt-type1": "axiomatic triples about W3C's own vocabulary; no answer needs them",
    "eq-diff2, eq-diff3": "one thing listed twice among what is different is taken for one member",
    "dt-type2, dt-eq, dt-diff, dt-not-type": "RDF has no triple with a literal as its subject, so "
    "literals get no types and are neither equated nor told apart; whether a value is of its datatype is for "
    "the shapes to say, with the file and line",
    "prp-fp, prp-key, cls-maxc2, cls-maxqc3, cls-maxqc4": "between two literals they conclude nothing, for "
    "the same reason; that a thing is the same as a literal is concluded as far as RDF can say it, with the "
    "thing first, and of what follows from there owlrl, as corrected, finds more or less",
    "cls-maxc*, cls-maxqc*": "0 and 1 may be of any integer datatype, not only xsd:nonNegativeInteger",
    "scm-*": "what follows about classes and properties is used for what follows about things, and can be "
    "explained, but is not part of the closure; what it says that the other rules say anyway is not compiled",
}
"""Where the table of rules leaves W3C's text, by the names of the rules."""

LEFT_OUT: dict[str, str] = {
    "a blank node as subject or object": "a blank node has no name by which a triple could be asked about or "
    "cited, and everything here can be cited; such triples take part in reasoning, so that what follows from "
    "them about things with names is inferred all the same",
    "a class, property or ontology as subject": "what something is said to be as a member of a class of "
    "classes is about the vocabulary, and would turn up among the things in answers; it is used for what "
    "follows about things",
    "W3C's own vocabulary as subject": "it means what W3C says, not what a graph concludes about it",
    "a class of W3C's vocabulary as a type": "that a thing is an owl:Thing or owl:NamedIndividual is true of "
    "every thing",
    "a property of RDF, RDFS or OWL": "it says something of the vocabulary or of the reasoning; except "
    "rdf:type, owl:sameAs, rdfs:label, rdfs:comment and rdfs:seeAlso, which say something of a thing",
    "a thing the same as itself": "as with eq-ref: it is true of everything",
}
"""What is left out of the closure although the rules conclude it, by the kind of triple."""

CORRECTIONS: dict[str, str] = {
    "prp-key": "owlrl does not look at the last property of a key, so that of two things in a class with a "
    "key of one property each is taken for the other",
    "eq-diff2, eq-diff3, prp-adp": "owlrl does not look at the last member of a list",
    "scm-sco, scm-spo, scm-eqc1, scm-eqp1": "owlrl does not find a class or property within itself unless it "
    "is declared, which scm-svf1 and its like go by",
    "literals as subjects": "owlrl lets triples about literals, which are no RDF, take part in reasoning",
}
"""What is put right in owlrl before it is asked for its opinion."""
