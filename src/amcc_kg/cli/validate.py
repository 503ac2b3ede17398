"""One call of `amcc validate`: what is validated, what of it counts, and where each report goes.

Knows streams and exit codes; no options' names beyond those that messages mention.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.cli import query
from amcc_kg.repository import files as repo
from amcc_kg.terms.errors import AmccError, InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.findings.findings import Omission, Report, Severity
from amcc_kg.validation.findings.notices import UNMATCHED, UnvalidatedError
from amcc_kg.validation.inputs import progress
from amcc_kg.validation.inputs.inputs import Manner, check, files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from amcc_kg.repository.files import Repository
    from amcc_kg.validation.baseline.known_findings import Scope
    from amcc_kg.validation.baseline.revision import Revision, Tree
    from amcc_kg.validation.findings.notices import Notice

PACK = "amcc"
"""The name of this project's own shapes."""

SYNTAX_NAMES = {
    "turtle": "turtle",
    "trig": "trig",
    "ntriples": "nt",
    "nquads": "nquads",
    "jsonld": "json-ld",
    "rdfxml": "xml",
}
"""The names of the syntaxes in a call, and what the readers of files call them."""

_NOTICES_SHOWN = 8


class Call(NamedTuple):
    """The words of a call, each already of its type; `formats` are `NAME` or `NAME=FILE`."""

    paths: tuple[Path, ...] = ()
    shapes: tuple[str, ...] = ()
    ontology: tuple[Path, ...] = ()
    formats: tuple[str, ...] = ()
    output: Path | None = None
    least: str = "info"
    most: int | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    changed: str | None = None
    explain: str | None = None
    engine: str = "columns"
    strict: bool = False
    jobs: int = 1
    syntax: str | None = None
    repo: Path | None = None


def answer(call: Call) -> int:
    """Validate and write the reports; return 0 for no finding, 1 for some, 2 if a file does not parse.

    Raises `InputError` where the call or what it names is wrong.
    """
    targets = _targets(call)
    if call.write_baseline and call.baseline is None:
        raise InputError("--write-baseline needs --baseline FILE")
    revision = None
    if call.changed is not None:
        from amcc_kg.validation.baseline.revision import Revision

        revision = Revision(call.changed)
    try:
        found = _run(call)
    except UnvalidatedError as error:
        _say(error.notices)
        raise
    if not found.unreadable:
        found = _counting(found, call, revision)
    if call.explain is not None:
        from amcc_kg.validation.advice import explanation

        query.put(explanation.explain(found, call.explain))
        return 2 if found.unreadable else int(bool(found.findings))
    _say_notices(found, call)
    _write(found, targets, call.most)
    return 2 if found.unreadable else int(bool(found.findings))


def watch(call: Call) -> int:
    """Validate whenever a file changes, until Ctrl-C; errors of input are said and waited out."""
    if Path("-") in call.paths:
        raise InputError("--watch: standard input cannot be watched; name a file")
    seen: dict[Path, int] | None = None
    while True:
        now = _stamps(call)
        if now != seen:
            seen = now
            try:
                answer(call)
            except AmccError as error:
                print(f"error: {error}", file=sys.stderr, flush=True)
            print("watching; Ctrl-C ends", file=sys.stderr, flush=True)
        time.sleep(0.3)


def _stamps(call: Call) -> dict[Path, int]:
    stamps: dict[Path, int] = {}
    try:
        repository = _repository(call)
        shapes, ontology = files_of_shapes(call)
        named = [*files(call.paths), *shapes, *ontology]
    except (InputError, OSError):  # what comes and goes meanwhile is looked at in the next round
        return stamps
    if repository is not None:
        named += [*repository.input_files, repository.shapes_file, repository.ontology_shapes_file]
    for path in named:
        with suppress(OSError):
            stamps[path] = path.stat().st_mtime_ns
    return stamps


def _run(call: Call, place: Callable[[Path], Path] = Path) -> Report:
    """Validate what the call names; `place` tells where a path's content is to be found."""
    shapes, ontology = files_of_shapes(call, place)
    paths, root = [place(path) for path in call.paths], place(Path.cwd())
    syntax = None if call.syntax is None else _syntax(call.syntax)
    manner = Manner(call.engine, call.strict, call.jobs, root, call.explain is not None, syntax)
    with progress.shown():
        return check(_repository(call, place), paths, shapes, ontology, manner)


def _syntax(name: str) -> str:
    """Return what `repository.SYNTAXES` calls a syntax of `SYNTAX_NAMES`; raises `InputError` for another."""
    if name not in SYNTAX_NAMES:
        near = nearest(name, SYNTAX_NAMES)
        raise InputError(f"--syntax {name}: unknown syntax; one of {', '.join(SYNTAX_NAMES)}{near}")
    return SYNTAX_NAMES[name]


def _repository(call: Call, place: Callable[[Path], Path] = Path) -> Repository | None:
    """Return the repository; none if files and shapes are named."""
    if call.paths and call.shapes:
        return None
    return repo.find(place(repo.find(call.repo).root))


def files_of_shapes(call: Call, place: Callable[[Path], Path] = Path) -> tuple[list[Path], list[Path]]:
    """Return the files of shapes and of ontology; raises `InputError` for a name that is not a file."""
    shapes: list[Path] = []
    ontology = [place(path) for path in call.ontology]
    for name in call.shapes:
        if name == PACK:
            content = _pack()
            shapes.append(content.shapes_file)
            ontology += content.ontology_files
        else:
            path = place(_local(name))
            if not path.is_file():
                near = nearest(name, (PACK,))
                raise InputError(f"{name}: no such file of shapes{near}")
            shapes.append(path)
    return shapes, ontology


def _local(name: str) -> Path:
    """Return the path that a name or a local file's URL stands for; raises `InputError` for other URLs."""
    if "://" not in name:
        return Path(name)
    from urllib.parse import unquote, urlsplit

    try:
        url = urlsplit(name)
    except ValueError:
        url = urlsplit("")
    if url.scheme != "file" or url.netloc not in ("", "localhost"):
        raise InputError(
            f"--shapes {name}: only files are read, nothing is fetched; save it and name the file"
        )
    return Path(unquote(url.path))


def _pack() -> Repository:
    """Return the shapes and the ontology that this program comes with, wherever it runs."""
    package = Path(repo.__file__).parents[1]
    for folder in (package / "content", package.parent.parent):
        if repo.is_repository(folder):
            return repo.Repository(folder)
    raise InputError(f"--shapes {PACK}: this installation comes without shapes")


def _targets(call: Call) -> list[tuple[str, Path | None]]:
    """Return each format with its file; raises `InputError` for one unknown, or two for one stream."""
    from amcc_kg.validation.reports import FORMATS

    targets: list[tuple[str, Path | None]] = []
    for text in call.formats or ("text",):
        name, separator, file = text.partition("=")
        if name not in FORMATS:
            raise InputError(
                f"--format {name}: unknown format; one of {', '.join(FORMATS)}{nearest(name, FORMATS)}"
            )
        if separator and not file:
            raise InputError(f"--format {text}: expected a file behind =")
        targets.append((name, Path(file) if file else call.output))
    streams = [file for _, file in targets]
    for stream in streams:
        if streams.count(stream) > 1:
            where = stream or "standard output"
            raise InputError(f"two reports for {where}; give each a file: --format NAME=FILE")
        # Said before the work, which may be long, and before another report is out.
        if stream is not None and not stream.parent.is_dir():
            raise InputError(f"{stream}: cannot be written: there is no folder {stream.parent}")
    return targets


def _counting(whole: Report, call: Call, revision: Revision | None) -> Report:
    """Leave out what does not count; record the baseline if that is asked for."""
    from amcc_kg.validation.baseline import counts

    changed = None
    if revision is not None:
        shapes = [_local(name) for name in call.shapes if name != PACK]
        named = [*call.paths, *shapes, *call.ontology]
        changed = revision.since(whole, revision.validate(named, lambda tree: _before(call, tree)))
    known: set[str] = set()
    if call.baseline is not None:
        entries = counts.known_from(call.baseline, whole, _scope(call), call.write_baseline)
        known = {entry.fingerprint for entry in entries}
    counted = counts.counted(whole, Severity(call.least), changed, known)
    if (number := len(counted.omitted(Omission.KNOWN))) and not call.write_baseline:
        print(f"{number} findings are known from {call.baseline}", file=sys.stderr)
    return counted


def _before(call: Call, tree: Tree) -> Report:
    """Validate what of the call's files was there before."""
    paths = tuple(path for path in call.paths if tree.holds(path))
    shapes = tuple(name for name in call.shapes if name == PACK or tree.holds(_local(name)))
    if len(call.paths) > len(paths) == 0 or len(call.shapes) > len(shapes) == 0:
        return Report(())
    ontology = tuple(path for path in call.ontology if tree.holds(path))
    return _run(call._replace(paths=paths, shapes=shapes, ontology=ontology), tree.at)


def _scope(call: Call) -> Scope:
    from amcc_kg.validation.baseline.known_findings import Scope

    repository, (shapes, ontology) = _repository(call), files_of_shapes(call)
    data = [*call.paths, *ontology]
    if repository is not None:
        data = data if call.paths else [repository.root]
        shapes = shapes or [repository.shapes_file, repository.ontology_shapes_file]
    return Scope((*data, *shapes), tuple(shapes))


def _say_notices(found: Report, call: Call) -> None:
    """Say what the verdict does not cover, the probable slips one by one.

    Of a repository's own shapes only what is wrong with themselves: they ask for more than it has data for.
    """
    if not call.strict:
        _say(n for n in found.notices if call.shapes or n.kind not in UNMATCHED)


def _say(notices: Iterable[Notice]) -> None:
    slips = [notice for notice in notices if notice.severity is Severity.WARNING]
    for notice in slips[:_NOTICES_SHOWN]:
        print(notice, file=sys.stderr)
    if len(slips) > _NOTICES_SHOWN:
        rest = len(slips) - _NOTICES_SHOWN
        print(f"warning: and {rest} more; --strict makes findings of them", file=sys.stderr)


def _write(found: Report, targets: list[tuple[str, Path | None]], most: int | None) -> None:
    from amcc_kg.validation.reports import render
    from amcc_kg.validation.reports.text import write

    shown = found if most is None else found.first(most)
    for name, file in targets:
        text = write(shown, colour=file is None and _in_colour()) if name == "text" else render(shown, name)
        query.put(text, file)
        if name == "sarif":
            _say_what_sarif_lacks(len(shown.findings), file)


def _say_what_sarif_lacks(number: int, file: Path | None) -> None:
    from amcc_kg.validation.reports.sarif import MOST

    if number > MOST:
        held = f"the gravest {MOST:,} findings, which is what code scanning takes, not {number - MOST:,} more"
        print(f"{file or 'the SARIF'} holds {held}", file=sys.stderr)


def _in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
