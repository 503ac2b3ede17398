"""Seals: the digest of a passage's triples, recorded when a reader judged them against the passage.

A triple that moves out of its passage's file, into it, or changes breaks the seal. Sealing anew is a
decision: whoever runs `seal` says that the triples now in the files are what the passages state.
"""

from __future__ import annotations

import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from amcc_kg.repository.passages import block, load
from amcc_kg.syntax.writing import ntriples
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.repository.files import Repository
    from amcc_kg.repository.passages import Document, Passage
    from amcc_kg.syntax.writing.ntriples import Triple

SEAL = "statementsDigest"
_RECORDED = re.compile(rf'(:{SEAL}\s+)"[^"]*"')


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

    Only the lines of `amcc:statementsDigest` change; one that is missing is added.

    Args:
        repository: the repository to change.
        documents: names of documents (their folders); none means all.

    Returns:
        The passages whose seal changed, by name, sentence, voice and words.

    Raises:
        InputError: a document is unknown, a file cannot be written.
        PlacedError: a file does not parse, or a passage's description has no room for the line.
    """
    known = {document.name: document for document in load(repository).documents}
    chosen = list(documents) or list(known)
    for name in chosen:
        if name not in known:
            raise InputError(f"{name!r} is no document of this repository{nearest(name, known)}")
    return [passage for name in chosen for passage in _seal_document(known[name])]


def _seal_document(document: Document) -> list[str]:
    file = document.described_in
    lines = file.text.split("\n")
    changed = []
    # From the end of the file backwards, so that an added line moves no line still to be visited.
    for passage in sorted(document.passages, key=lambda p: -p.line):
        digest = statements_digest(passage.triples)
        if passage.triples and passage.recorded.get(SEAL) != (digest,):
            _write_seal(lines, passage, digest)
            changed.append(passage.told)
    if changed:
        _replace(file.path, "\n".join(lines))
    return sorted(changed)


def _write_seal(lines: list[str], passage: Passage, digest: str) -> None:
    numbers = block(lines, passage.line)
    for number in numbers:
        lines[number - 1], count = _RECORDED.subn(rf'\1"{digest}"', lines[number - 1])
        if count:
            return
    prefix = re.search(
        rf"prefix\s+(\S*):\s*<{re.escape(prefixes.ONTOLOGY)}>", "\n".join(lines), re.IGNORECASE
    )
    for number in numbers:
        if prefix and re.search(r";\s*$", lines[number - 1]):
            lines.insert(number, f'    {prefix[1]}:{SEAL} "{digest}" ;')
            return
    path = passage.described_in.path
    reason = (
        f'{passage.name}: add a line `amcc:{SEAL} "" ;` to its description, for the seal to be written in'
    )
    raise PlacedError(path, passage.line, None, reason)


def _replace(path: Path, text: str) -> None:
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as temporary:
            temporary.write(text.encode())
        written = Path(temporary.name)
        written.chmod(path.stat().st_mode & 0o777)
        written.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
