"""Seals: the digest of a passage's triples, recorded when a reader judged them against the passage.

A triple that moves out of its passage's file, into it, or changes breaks the seal. Sealing anew is a
decision: whoever runs `seal` says that the triples now in the files are what the passages state.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from amcc_kg.repository.files import Repository
from amcc_kg.repository.passages import Document, Passage, load
from amcc_kg.syntax.reading import Source
from amcc_kg.syntax.text_files import write_whole
from amcc_kg.syntax.writing import ntriples
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.spelling import nearest

SEAL = "statementsDigest"


def statements_digest(triples: Iterable[Triple]) -> str:
    """Return the SHA-256, in lower-case hexadecimal, of the sorted lines of canonical N-Triples."""
    return digest_of_lines(ntriples.lines(triples))


def digest_of_lines(lines: Iterable[str]) -> str:
    """Return the digest of lines of canonical N-Triples, which are sorted here."""
    return sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


def passage_digests(repository: Repository) -> dict[str, str]:
    """Return the digest of the triples of each passage that has any, by the passage's IRI."""
    return {p.iri: statements_digest(p.triples) for p in load(repository).passages if p.triples}


def seal(repository: Repository, documents: Iterable[str] = ()) -> list[str]:
    """Write the digest of each passage's triples into the file that describes the passage.

    Only the values of `amcc:statementsDigest` change; one that is missing is added on a line of its own.
    `documents` are names (of folders), none means all. Returns the passages whose seal changed, by name,
    sentence, voice and words. Raises `InputError` where a document is unknown or a file cannot be written,
    `PlacedError` where one does not parse, or a passage is not described where its document is.
    """
    known = {document.name: document for document in load(repository).documents}
    chosen = list(documents) or list(known)
    for name in chosen:
        if name not in known:
            raise InputError(f"{name!r} is no document of this repository{nearest(name, known)}")
    return [passage for name in chosen for passage in _seal_document(known[name])]


def _seal_document(document: Document) -> list[str]:
    file = document.described_in
    edits: list[tuple[int, int, str]] = []
    changed = []
    for passage in document.passages:
        digest = statements_digest(passage.triples)
        if passage.triples and passage.recorded.get(SEAL) != (digest,):
            edits += _edits(file.source, passage, digest)
            changed.append(passage.told)
    text = file.source.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    if edits:
        try:
            write_whole(text.encode(), file.path)
        except OSError as error:
            raise InputError(f"{file.path}: cannot be written: {error.strerror}") from error
    return sorted(changed)


def _edits(source: Source, passage: Passage, digest: str) -> list[tuple[int, int, str]]:
    """Return what to put in place of which characters for a passage to have its seal."""
    subject, seal = f"<{passage.iri}>", f"<{prefixes.ONTOLOGY}{SEAL}>"
    if rows := source.find(subject, seal):
        return [(*source.term_span(source.o_at[row])[:2], f'"{digest}"') for row in rows]
    names = source.terms.keys
    own = [row for row in source.find(subject) if names[source.p[row]].startswith(f"<{prefixes.ONTOLOGY}")]
    if not own:
        reason = f'{passage.name}: add a line `amcc:{SEAL} "" ;` to its description, for the seal to stand in'
        raise PlacedError(source.name, passage.line(), None, reason)
    # A verb may stand before any other verb of the same subject; canonical files have them in this order.
    behind = next((row for row in own if names[source.p[row]] > seal), own[-1])
    at, name = source.p_at[behind], names[source.p[behind]]
    prefix, _, local = source.written(at).partition(":")
    known = name == f"<{prefixes.ONTOLOGY}{local}>"
    before = source.text[source.lines.start(at) : at]
    indent = "    " if before.strip() else before
    verb = f"{prefix}:{SEAL}" if known else seal
    return [(at, at, f'{verb} "{digest}" ;\n{indent}')]
