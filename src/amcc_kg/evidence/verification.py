"""Every rule of evidence, applied to a whole repository.

Of spans: a half-open range of characters, counted from 0, of which digest and quotes are held against the
source text. Of place: the register says what things are and no more, `document.ttl` speaks of its document
and its passages, a passage's file holds what the passage states. And that seals are whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import chain, pairwise
from pathlib import Path

from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, SDO, SKOS, BNode, Literal, URIRef
from rdflib.term import Node

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
QUOTE_LIMIT = 120
# How much of a source text all its quotes together may publish.
QUOTED_SHARE = 0.5
# What else is said in our own words repeats less than this many characters in a row: enough for a long name.
REPEAT_LIMIT = 150

Fault = tuple[str, str] | tuple[str, str, str]
"""Which property of a passage is at fault, the empty string for none; why; and which of its values."""

_Placed = tuple[int, int, Passage]

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


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One breach of the evidence rule; `line` counts from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a verification: every breach, sorted by place; what could not be checked, and why; and
    how many documents were read, how many passages they describe, how many quotes were compared with a source
    text, and how many triples stand in passages.
    """

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    documents: int
    passages: int
    quotes: int
    triples: int

    @property
    def holds(self) -> bool:
        """Tell whether no problem was found."""
        return not self.problems

    def __str__(self) -> str:
        read = f"{self.documents} documents, {self.passages} passages, {self.quotes} quotes"
        held = f"{read} compared with their source, {self.triples} triples with evidence"
        outcome = f"{len(self.problems)} problem(s)" if self.problems else "every one holds"
        told = [*map(str, self.problems), *(f"note: {note}" for note in self.notes)]
        return "\n".join([*told, f"{held}: {outcome}"])


def verify(repository: Repository) -> Verification:
    """Hold every span, digest and quote against the source texts, and every triple against the evidence rule.

    A document whose source text is not at hand (an installed package has none) keeps its other checks. That
    is a problem if a digest of the text is recorded in a checkout, else a note says so. Raises `PlacedError`
    for the first file that does not parse.
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
            problems += _check_text(document, texts[-1])
            quotes += sum(len(p.recorded.get("quote", ())) for p in document.passages)
        elif document.digest is not None and repository.is_checkout:
            found = f"a digest of its source text is recorded, but there is no seeds/{document.name}.txt"
            problems.append(_of_document(document, found))
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


def _about(passage: Passage, term: str, message: str, value: str | None = None) -> Problem:
    """Return a problem of a passage at the line of a property, or of that value of it, if that is stated."""
    return Problem(passage.described_in.path, passage.line(term, value), f"{passage.told}: {message}")


def _of_document(document: Document, message: str) -> Problem:
    return Problem(document.described_in.path, 1, f"{document.name}: {message}")


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
        faults = (_of_stretch(passage, sentences), _of_position(passage, has_text), _of_statements(passage))
        yield from (_about(passage, *fault) for fault in chain(*faults))
    for sentence in document.sentences:
        stretches = [p for p in document.passages if sentence.iri in p.recorded.get(PART, ())]
        if len(stretches) < 2:
            divided = f"is divided into {len(stretches)} stretch(es), by amcc:{PART}"
            instead = "where one voice fills a sentence, say that it is an amcc:Passage too"
            yield _about(sentence, "", f"{divided}; {instead}")
        said = [term for term in ("attributedTo", "quote", SEAL) if term in sentence.recorded]
        if said or sentence.triples:
            has = ", ".join([*(f"amcc:{term}" for term in said), *["a file"] * bool(sentence.triples)])
            found = f"is divided, so that its stretches state what it says; it has {has}"
            yield _about(sentence, said[0] if said else "", found)


def _check_numbers(document: Document) -> Iterator[Problem]:
    """Only what stands before the first sentence, and the stretches of one sentence, share a number."""
    numbers: dict[int, Passage] = {}
    for described in (*document.sentences, *document.passages):
        if described.recorded.get("inDocument") != (document.iri,):
            found = f"amcc:inDocument must be <{document.iri}> and nothing else"
            yield _about(described, "inDocument", found)
        number = described.integer("number")
        if number is None:
            yield _about(described, "number", "needs one amcc:number, an integer")
        elif number == 0 or PART in described.recorded:
            continue
        elif number in numbers:
            yield _about(described, "number", f"its number {number} is that of {numbers[number].name} too")
        else:
            numbers[number] = described


def _of_stretch(passage: Passage, sentences: Mapping[str, Passage]) -> Iterator[Fault]:
    wholes = passage.recorded.get(PART, ())
    if not wholes:
        return
    whole = sentences.get(wholes[0])
    if whole is None or len(wholes) > 1:
        yield PART, f"amcc:{PART} must be one divided sentence of this document"
        return
    if passage.integer("number") != whole.integer("number"):
        yield "number", f"is a stretch of {whole.name} and must have its number, {whole.first('number')}"
    inner, outer = passage.span, whole.span
    if inner and outer and not (outer[0] <= inner[0] and inner[1] <= outer[1]):
        found = f"characters {inner[0]} to {inner[1]} do not lie in {whole.name}"
        yield "start", f"{found}, which is {outer[0]} to {outer[1]}"


def _of_position(passage: Passage, has_text: bool) -> Iterator[Fault]:
    wanted = ("start", "end", "digest", "quote")
    missing = [f"amcc:{term}" for term in wanted if term not in passage.recorded]
    if "locator" in passage.recorded:
        if has_text or len(missing) < len(wanted):
            instead = "give start, end, digest and quote instead"
            yield "locator", f"has an amcc:locator although its text is at hand; {instead}"
    elif missing and not has_text:
        yield "", f"needs {', '.join(missing)}, or an amcc:locator where no text is held"


def _of_statements(passage: Passage) -> Iterator[Fault]:
    reason = passage.first("statesNothing")
    if passage.triples and reason is not None:
        yield "statesNothing", f"is said to state nothing, but {len(passage.triples)} triples rest on it"
    elif not passage.triples and not (reason or "").strip():
        yield "", "no triple rests on it; add its file, or say why in amcc:statesNothing"


def _check_seals(corpus: Corpus) -> Iterator[Problem]:
    lines = {p.iri: frozenset(ntriples.lines(p.triples)) for p in corpus.passages}
    broken = {}
    for passage in corpus.passages:
        seals = passage.recorded.get(SEAL, ())
        if passage.triples and not any(seals):
            yield _about(passage, "", f"its triples are not sealed: amcc:{SEAL} is missing or empty")
        elif seals and seals != (digest_of_lines(lines[passage.iri]),):
            broken[passage.iri] = passage
    # A lost triple stands, if anywhere, where another seal broke or where no seal is: those are few.
    elsewhere = {iri: lines[iri] for iri in broken}
    for file in corpus.files:
        if file.kind is not FileKind.PASSAGE:
            elsewhere[str(file.path)] = frozenset(ntriples.lines(t for g in file.graphs.values() for t in g))
    for passage in broken.values():
        yield _about(passage, SEAL, _explain(passage, lines[passage.iri], elsewhere))


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
    changed = f"its {len(found)} triples are not those that were sealed"
    return f"{changed}; compare them with the passage, then seal them anew"


def _check_place(file: LoadedFile, corpus: Corpus, identity: frozenset[Node]) -> Iterator[Problem]:
    passages = {p.iri for p in corpus.passages}
    passages |= {sentence.iri for document in corpus.documents for sentence in document.sentences}
    documents = {d.iri for d in corpus.documents}
    said = [triple for triples in file.graphs.values() for triple in triples]
    answering = {o for s, p, o in said if str(s) == prefixes.DATASET and p in _ANSWERING}
    for name, triples in sorted(file.graphs.items()):
        if stray := _stray_graph(file, name, passages, documents):
            yield Problem(file.path, file.graph_line(name), stray)
        for triple in sorted(triples, key=ntriples.line):
            if file.kind is FileKind.REGISTER and _describes_the_graph(triple, answering):
                continue
            if reason := _misplaced(file.kind, name, triple, passages, identity):
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
    size, quote = REPEAT_LIMIT, URIRef(f"{prefixes.ONTOLOGY}quote")
    for name, triples in file.graphs.items():
        for s, p, o in triples:
            if not isinstance(o, Literal) or len(o) < size or p == quote:
                continue
            windows = (o[i : i + size] for i in range(len(o) - size + 1))
            if any(window in text for window in windows for text in texts):
                found = f"a literal repeats {size} or more characters of a source text: {o[:40]!r}..."
                yield Problem(file.path, file.line((s, p, o), name), found)


def text_digest(text: str) -> str:
    """Return the SHA-256 of the characters in UTF-8, in lower-case hexadecimal."""
    return sha256(text.encode()).hexdigest()


def _check_text(document: Document, text: str) -> Iterator[Problem]:
    """Hold the document's spans, digests and quotes against its whole source text."""
    if document.digest is not None and document.digest != text_digest(text):
        found = f"the source text has the digest {text_digest(text)}, not the recorded {document.digest}"
        yield _of_document(document, found)
    spans: list[_Placed] = []
    for passage in document.passages:
        span = passage.span
        if span is None:
            yield _about(passage, "start", "needs one amcc:start and one amcc:end, both integers")
        elif not 0 <= span[0] < span[1] <= len(text):
            found = f"characters {span[0]} to {span[1]} are no span of a text of {len(text)} characters"
            yield _about(passage, "start", found)
        else:
            yield from (_about(passage, *fault) for fault in _of_span(passage, text, *span))
            spans.append((*span, passage))
    for (_, end, before), (start, _, after) in pairwise(spans):
        if start < end:
            found = f"starts at character {start}, but {before.name}, numbered before it, ends at {end}"
            yield _about(after, "start", found)
    yield from _check_coverage(document, text, spans)
    yield from _check_sentences(document, text, spans)
    quoted = sum(len(q) for p in document.passages for q in p.recorded.get("quote", ()))
    if quoted > len(text) * QUOTED_SHARE:
        found = f"its quotes hold {quoted} of {len(text)} characters; at most half may be published"
        yield _of_document(document, found)


def _of_span(passage: Passage, text: str, start: int, end: int) -> Iterator[Fault]:
    span = text[start:end]
    recorded = passage.recorded.get("digest", ())
    if recorded != (text_digest(span),):
        has = f"characters {start} to {end} of the source text ({_glimpse(span)}) have the digest"
        yield "digest", f"{has} {text_digest(span)}; recorded is {recorded[0] if recorded else 'nothing'}"
    quotes = passage.recorded.get("quote", ())
    if not quotes:
        yield "", "needs at least one amcc:quote, the decisive words of the passage"
    for quote in quotes:
        if len(quote) > QUOTE_LIMIT:
            allowed = f"at most {QUOTE_LIMIT} are allowed: {_glimpse(quote)}"
            yield "quote", f"a quote of {len(quote)} characters; {allowed}", quote
        if not quote or quote not in span:
            where = f"characters {start} to {end}; {_nearest(quote, text, start)}"
            yield "quote", f"the quote {quote!r} is not in {where}", quote


def _check_coverage(document: Document, text: str, spans: list[_Placed]) -> Iterator[Problem]:
    at, before = 0, "the beginning"
    named = sorted((start, end, passage.name) for start, end, passage in spans)
    for start, end, name in [*named, (len(text), len(text), "the end")]:
        gap = text[at:start]
        if any(c.isalnum() for c in gap):
            place = f"characters {at} to {start}, between {before} and {name}"
            yield _of_document(document, f"no passage covers {_glimpse(gap.strip())} ({place})")
        if end > at:
            at, before = end, name


def _check_sentences(document: Document, text: str, spans: list[_Placed]) -> Iterator[Problem]:
    """A divided sentence has a span of its own, which no passage shares but its stretches."""
    for sentence in document.sentences:
        span = sentence.span
        if span is None or not 0 <= span[0] < span[1] <= len(text):
            found = f"needs an amcc:start and an amcc:end within {len(text)} characters"
            yield _about(sentence, "start", found)
            continue
        digest = text_digest(text[span[0] : span[1]])
        if sentence.recorded.get("digest") != (digest,):
            found = f"characters {span[0]} to {span[1]} of the source text have the digest {digest}"
            yield _about(sentence, "digest", found)
        for start, end, passage in spans:
            own = sentence.iri in passage.recorded.get(PART, ())
            if not own and start < span[1] and span[0] < end:
                yield _about(passage, "start", f"lies within {sentence.name}, of which it is no stretch")


def _nearest(quote: str, text: str, near: int) -> str:
    """Say where the quote, or the longest part of it, stands instead."""
    places = [i for i in range(len(text)) if text.startswith(quote, i)] if quote else []
    if places:
        return f"it stands at character {min(places, key=lambda i: abs(i - near))}"
    match = SequenceMatcher(None, quote, text, autojunk=False).find_longest_match()
    if match.size < 4:
        return "nothing like it is in the source text"
    return f"the nearest is {quote[match.a : match.a + match.size]!r} at character {match.b}"


def _glimpse(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
