"""The process that makes the downloads: prints them, packed, on standard output, and ends.

Started by the server with its id and the folder of the repository. Imports the heavy parts that serving does
without.
"""

from __future__ import annotations

import marshal
import sys
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

from amcc_kg.publishing import filenames
from amcc_kg.serving.workers import processes
from amcc_kg.terms import prefixes


@dataclass(frozen=True, slots=True)
class Made:
    """What this process makes, as the tuple that it prints, packed."""

    version: str  # of the graph
    files: dict[str, bytes]  # the contents of the downloads by their names
    media: dict[str, str]  # the media types of those that are more than their suffix tells
    changed: int  # when a file they are made of did, or the graph as it says itself; seconds since 1970
    licences: tuple[str, ...]  # the IRIs of the licences of the dataset
    authors: tuple[str, ...]  # the IRIs of its creators
    said: dict[str, str]  # what each file is and whom it is for, by its name


def describe(version: str, files: dict[str, bytes], sources: list[Path]) -> Made:
    """Return downloads with what their description says of them, and of the dataset."""
    from pyoxigraph import NamedNode, RdfFormat, parse

    described = [quad.triple for quad in parse(files[filenames.DESCRIPTION], RdfFormat.TURTLE)]
    said = [(t.subject, t.predicate.value, getattr(t.object, "value", "")) for t in described]
    dataset = NamedNode(prefixes.DATASET)
    types = {s: value for s, p, value in said if p == prefixes.full("schema:encodingFormat") and ";" in value}
    urls = {s: value for s, p, value in said if p == prefixes.full("dcat:downloadURL")}
    names = {s: url.removeprefix(f"{prefixes.BASE}downloads/") for s, url in urls.items()}

    def values(name: str) -> tuple[str, ...]:
        wanted = prefixes.full(f"dcterms:{name}")
        return tuple(sorted({v for s, p, v in said if s == dataset and p == wanted}))

    dates = map(_seconds, (*values("modified"), *values("issued")))
    changed = max(0, *dates, *(int(path.stat().st_mtime) for path in sources if path.is_file()))
    media = {name: types[s] for s, name in names.items() if s in types}
    texts = {s: value for s, p, value in said if p == prefixes.full("dcterms:description")}
    about = {name: texts[s] for s, name in names.items() if s in texts}
    return Made(version, files, media, changed, values("license"), values("creator"), about)


def _seconds(date: str) -> int:
    """Return when a day began, in seconds since 1970, or 0 for what is no day."""
    try:
        return int(datetime.fromisoformat(date[:10]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def main(arguments: list[str]) -> int:
    """Make the downloads of the repository in a folder, or of the one around or installed."""
    processes.end_with(int(arguments[0]))
    from amcc_kg.graph import compiler
    from amcc_kg.publishing import downloads
    from amcc_kg.repository import files as repository
    from amcc_kg.serving.workers import zygote
    from amcc_kg.terms.errors import AmccError

    try:
        found = repository.find(Path(arguments[1]) if arguments[1:] else None)
        compiled, shapes = compiler.compile_graph(found), zygote.shapes_of(found)
        files = downloads.downloads(found.dataset(), compiler.inferred_triples(compiled), found)
    except AmccError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sources = [*found.input_files, found.shapes_file, found.ontology_shapes_file]
    made = describe(zygote.version_of(compiled.key, shapes.items()), files, sources)
    sys.stdout.buffer.write(marshal.dumps(astuple(made)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
