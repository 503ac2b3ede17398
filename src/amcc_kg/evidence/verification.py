"""Every rule of evidence, applied to a whole repository.

The rules of place: the register says what things are and no more, `document.ttl` speaks of its document and
its passages, a passage's file holds what the passage states. Spans and seals are judged in their own modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, SDO, SKOS, BNode, Literal, URIRef
from rdflib.term import Node

from amcc_kg.evidence import spans
from amcc_kg.evidence.problems import Problem, Verification, about
from amcc_kg.evidence.seals import SEAL, digest_of_lines
from amcc_kg.repository import retirement
from amcc_kg.repository.files import FileKind, Repository
from amcc_kg.repository.passages import DOCUMENTS, Corpus, Document, LoadedFile, Passage, load
from amcc_kg.syntax import reading
from amcc_kg.syntax.text_files import read_text
from amcc_kg.syntax.writing import ntriples
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import keys, prefixes

PART = "partOfSentence"

# What may be said of a thing without a passage: its class, names, identifiers, where to read about it.
# An ontology adds properties of its own with `amcc:identityProperty true`.
IDENTITY = frozenset(
    {
        *(RDF.type, OWL.sameAs, RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy),
        *(SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, SKOS.notation, SKOS.definition, SKOS.example),
        *(SKOS.note, SKOS.scopeNote, SKOS.editorialNote, SKOS.inScheme),
        *(DCTERMS.source, DCTERMS.identifier, DCTERMS.title, DCTERMS.description, SDO.sameAs),
        *(FOAF.name, FOAF.homepage, FOAF.page),
    }
)
# What the register may say of the graph itself, which is nothing that a source could state.
_OF_THE_GRAPH = frozenset(
    {
        *(DCTERMS.creator, DCTERMS.publisher, DCTERMS.license, DCTERMS.language, DCTERMS.spatial),
        *(DCTERMS.bibliographicCitation, DCTERMS.created, DCTERMS.issued, DCTERMS.modified),
        *(DCAT.contactPoint, DCAT.keyword, DCAT.theme, OWL.versionInfo),
        URIRef(f"{prefixes.PREFIXES['dcatap']}availability"),
    }
)
# What it may say of those who answer for the graph: how to reach them.
_ANSWERING = (DCTERMS.creator, DCTERMS.publisher, DCAT.contactPoint)
_CONTACT = prefixes.PREFIXES["vcard"]


def verify(repository: Repository) -> Verification:
    """Hold every span, digest and quote against the source texts, and every triple against the evidence rule.

    A document whose source text is not at hand (an installed package has none) keeps its other checks; a note
    says so. Raises `PlacedError` for the first file that does not parse.
    """
    corpus = load(repository)
    identity = IDENTITY | _own_identity_properties(repository)
    problems: list[Problem] = []
    notes: list[str] = []
    quotes = 0
    texts: list[str] = []
    for document in corpus.documents:
        seed = repository.seed_file(document.name)
        if seed is not None:
            texts.append(read_text(seed))
            problems += spans.check(document, texts[-1])
            quotes += sum(len(p.recorded.get("quote", ())) for p in document.passages)
        elif any("start" in p.recorded for p in document.passages):
            notes.append(f"{document.name}: its source text is not at hand, so no quote was compared with it")
        problems += _check_document(document, seed is not None)
    problems += _check_seals(corpus)
    for file in corpus.files:
        problems += _check_place(file, corpus, identity)
        problems += _check_literals(file, texts)
        problems += _check_retired(file)
    return Verification(
        problems=tuple(sorted(set(problems))),
        notes=tuple(notes),
        documents=len(corpus.documents),
        passages=len(corpus.passages),
        quotes=quotes,
        triples=sum(len(p.triples) for p in corpus.passages),
    )


def _own_identity_properties(repository: Repository) -> frozenset[Node]:
    annotation = f"<{prefixes.ONTOLOGY}identityProperty>"
    return frozenset(
        URIRef(keys.value(s))
        for path in repository.ontology_files
        for s, p, o in reading.load(path).checked().triples()
        if p == annotation and keys.value(o) == "true"
    )


def _check_document(document: Document, has_text: bool) -> Iterator[Problem]:
    sentences = {sentence.iri: sentence for sentence in document.sentences}
    yield from _check_numbers(document)
    for passage in document.passages:
        yield from _check_stretch(passage, sentences)
        yield from _check_position(passage, has_text)
        yield from _check_statements(passage)
    for sentence in document.sentences:
        stretches = [p for p in document.passages if sentence.iri in p.recorded.get(PART, ())]
        if len(stretches) < 2:
            found = (
                f"is divided into {len(stretches)} stretch(es), by amcc:{PART}; "
                "where one voice fills a sentence, say that it is an amcc:Passage too"
            )
            yield about(sentence, "", found)
        said = [term for term in ("attributedTo", "quote", SEAL) if term in sentence.recorded]
        if said or sentence.triples:
            found = "is divided, so that its stretches state what it says; it has "
            found += ", ".join([*(f"amcc:{term}" for term in said), *["a file"] * bool(sentence.triples)])
            yield about(sentence, said[0] if said else "", found)


def _check_numbers(document: Document) -> Iterator[Problem]:
    """Only what stands before the first sentence, and the stretches of one sentence, share a number."""
    numbers: dict[int, Passage] = {}
    for described in (*document.sentences, *document.passages):
        if described.recorded.get("inDocument") != (document.iri,):
            yield about(described, "inDocument", f"amcc:inDocument must be <{document.iri}> and nothing else")
        number = described.integer("number")
        if number is None:
            yield about(described, "number", "needs one amcc:number, an integer")
        elif number == 0 or PART in described.recorded:
            continue
        elif number in numbers:
            yield about(described, "number", f"its number {number} is that of {numbers[number].name} too")
        else:
            numbers[number] = described


def _check_stretch(passage: Passage, sentences: Mapping[str, Passage]) -> Iterator[Problem]:
    wholes = passage.recorded.get(PART, ())
    if not wholes:
        return
    whole = sentences.get(wholes[0])
    if whole is None or len(wholes) > 1:
        yield about(passage, PART, f"amcc:{PART} must be one divided sentence of this document")
        return
    if passage.integer("number") != whole.integer("number"):
        found = f"is a stretch of {whole.name} and must have its number, {whole.first('number')}"
        yield about(passage, "number", found)
    inner, outer = passage.span, whole.span
    if inner and outer and not (outer[0] <= inner[0] and inner[1] <= outer[1]):
        found = f"characters {inner[0]} to {inner[1]} do not lie in {whole.name}"
        yield about(passage, "start", f"{found}, which is {outer[0]} to {outer[1]}")


def _check_position(passage: Passage, has_text: bool) -> Iterator[Problem]:
    spanned = any(term in passage.recorded for term in ("start", "end", "digest", "quote"))
    if "locator" in passage.recorded:
        if spanned or has_text:
            found = (
                "has an amcc:locator although its text is at hand; give start, end, digest and quote instead"
            )
            yield about(passage, "locator", found)
    elif not has_text:
        missing = [t for t in ("start", "end", "digest", "quote") if t not in passage.recorded]
        if missing:
            wanted = ", ".join(f"amcc:{term}" for term in missing)
            yield about(passage, "", f"needs {wanted}, or an amcc:locator where no text is held")


def _check_statements(passage: Passage) -> Iterator[Problem]:
    reason = passage.first("statesNothing")
    if passage.triples and reason is not None:
        found = f"is said to state nothing, but {len(passage.triples)} triples rest on it"
        yield about(passage, "statesNothing", found)
    elif not passage.triples and not (reason or "").strip():
        found = "no triple rests on it; add its file, or say why in amcc:statesNothing"
        yield about(passage, "", found)


def _check_seals(corpus: Corpus) -> Iterator[Problem]:
    lines = {p.iri: frozenset(ntriples.lines(p.triples)) for p in corpus.passages}
    broken = {}
    for passage in corpus.passages:
        seals = passage.recorded.get(SEAL, ())
        if passage.triples and not any(seals):
            yield about(passage, "", f"its triples are not sealed: amcc:{SEAL} is missing or empty")
        elif seals and seals != (digest_of_lines(lines[passage.iri]),):
            broken[passage.iri] = passage
    # A lost triple stands, if anywhere, where another seal broke or where no seal is: those are few.
    elsewhere = {iri: lines[iri] for iri in broken}
    for file in corpus.files:
        if file.kind is not FileKind.PASSAGE:
            elsewhere[str(file.path)] = frozenset(ntriples.lines(t for g in file.graphs.values() for t in g))
    for passage in broken.values():
        yield about(passage, SEAL, _explain(passage, lines[passage.iri], elsewhere))


def _explain(passage: Passage, found: frozenset[str], elsewhere: dict[str, frozenset[str]]) -> str:
    """Say how the triples of a passage differ from those sealed, as far as one step can tell."""
    sealed = passage.first(SEAL)
    for line in sorted(found):
        if digest_of_lines(found - {line}) == sealed:
            return f"its file gained a triple after it was sealed: {line}"
    for place, lines in sorted(elsewhere.items()):
        for line in sorted(lines - found):
            if digest_of_lines(found | {line}) == sealed:
                return f"its file lost a triple that now stands in {place.removeprefix(DOCUMENTS)}: {line}"
    return (
        f"its {len(found)} triples are not those that were sealed; compare them with the passage, "
        "then seal them anew"
    )


def _check_place(file: LoadedFile, corpus: Corpus, identity: frozenset[Node]) -> Iterator[Problem]:
    passages = {p.iri for p in corpus.passages}
    passages |= {sentence.iri for document in corpus.documents for sentence in document.sentences}
    documents = {d.iri for d in corpus.documents}
    said = [triple for triples in file.graphs.values() for triple in triples]
    answering = {o for s, p, o in said if str(s) == prefixes.DATASET and p in _ANSWERING}
    for name, triples in sorted(file.graphs.items()):
        stray = _stray_graph(file, name, passages, documents)
        if stray is not None:
            yield Problem(file.path, file.graph_line(name), stray)
        for triple in sorted(triples, key=ntriples.line):
            if file.kind is FileKind.REGISTER and _describes_the_graph(triple, answering):
                continue
            reason = _misplaced(file.kind, name, triple, passages, identity)
            if reason is not None:
                yield Problem(file.path, file.line(triple, name), f"{reason}: {ntriples.line(triple)}")


def _stray_graph(file: LoadedFile, name: str, passages: set[str], documents: set[str]) -> str | None:
    if file.kind in (FileKind.REGISTER, FileKind.RETIRED):
        return None if name == file.graph else "a register file states its triples in no graph of its own"
    if name in passages or name in documents:
        return None
    if not name:
        return "triples outside of every passage's graph"
    return f"{name.removeprefix(DOCUMENTS)}: no document.ttl describes this passage"


def _describes_the_graph(triple: Triple, answering: set[Node]) -> bool:
    s, p, o = triple
    if isinstance(o, BNode):
        return False
    if str(s) == prefixes.DATASET:
        return p in _OF_THE_GRAPH
    return s in answering and str(p).startswith(_CONTACT)


def _misplaced(
    kind: FileKind, graph: str, triple: Triple, passages: set[str], identity: frozenset[Node]
) -> str | None:
    s, p, o = triple
    if isinstance(s, BNode) or isinstance(o, BNode):
        return "a blank node cannot be cited; give the thing an IRI"
    if kind is FileKind.RETIRED:
        if str(p) not in retirement.PREDICATES:
            return "of a retired IRI only what became of it is said"
    elif kind is FileKind.REGISTER:
        if p not in identity:
            return "the register holds identity only; a passage must state this"
    elif graph in passages:
        if str(s) in passages:
            return "a passage's file states what the passage says, nothing about passages"
    elif str(s) != graph and not str(s).startswith(f"{graph}/"):
        return "document.ttl speaks of its document and its passages only; a passage must state this"
    if kind in (FileKind.REGISTER, FileKind.RETIRED) and str(s) in passages:
        return "only document.ttl describes passages"
    return None


def _check_retired(file: LoadedFile) -> Iterator[Problem]:
    if file.kind is FileKind.RETIRED:
        triples = [triple for graph in file.graphs.values() for triple in graph]
        retired = {s for s, p, _ in triples if str(p) == retirement.DEPRECATED}
        for subject in sorted({s for s, _, _ in triples} - retired, key=str):
            line = file.subject_line(str(subject))
            yield Problem(file.path, line, f"is not said to be retired; add owl:deprecated true: <{subject}>")


def _check_literals(file: LoadedFile, texts: list[str]) -> Iterator[Problem]:
    """Find literals that repeat more of a source text than a quote may."""
    size = spans.REPEAT_LIMIT
    quote = URIRef(f"{prefixes.ONTOLOGY}quote")
    for name, triples in file.graphs.items():
        for s, p, o in triples:
            if not isinstance(o, Literal) or len(o) < size or p == quote:
                continue
            windows = (o[i : i + size] for i in range(len(o) - size + 1))
            if any(window in text for window in windows for text in texts):
                found = f"a literal repeats {size} or more characters of a source text: {o[:40]!r}..."
                yield Problem(file.path, file.line((s, p, o), name), found)
