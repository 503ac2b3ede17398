"""What the names of files on a command line stand for, now and at an earlier time of the working tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from amcc_kg.cli.dataset import is_at_hand
from amcc_kg.repository import files
from amcc_kg.repository.files import Repository
from amcc_kg.terms.errors import InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.inputs.files import STDIN, Inputs, Syntaxes, resolve

if TYPE_CHECKING:
    from amcc_kg.validation.baseline.revision import Tree

PACK = "amcc"
"""The name of this project's own shapes."""

SYNTAXES = {
    "turtle": "turtle",
    "trig": "trig",
    "ntriples": "nt",
    "nquads": "nquads",
    "jsonld": "json-ld",
    "rdfxml": "xml",
}
"""The names of the syntaxes in a call, and what the readers of files call them."""


class Named(NamedTuple):
    """What is to be validated against what, as a call names it; no paths, no shapes: the repository's."""

    paths: tuple[Path, ...] = ()
    shapes: tuple[str, ...] = ()
    ontology: tuple[Path, ...] = ()
    syntax: tuple[str, ...] = ()
    repo: Path | None = None
    contexts: tuple[str, ...] = ()

    @property
    def files(self) -> list[Path]:
        """The paths that are named."""
        return [*self.paths, *(_local(name) for name in self.shapes if name != PACK), *self.ontology]

    def find(self) -> Repository | None:
        """Return the repository that is meant: of files, the one that is named or that they lie in, if any.

        Raises `InputError` if nothing is named and none is at hand.
        """
        if self.paths and self.repo is None:
            return files.around(self.paths)
        found = files.find(self.repo)
        if not is_at_hand(found, self.repo):
            instead = "name files, or a repository with --repo DIR"
            raise InputError(f"there is nothing to validate: no repository is here; {instead}")
        return found

    def inputs(self, place: Callable[[Path], Path] = Path) -> Inputs:
        """Return what the names stand for; `place` tells where a path's content is to be found.

        Raises `InputError` for what is not there.
        """
        shapes, ontology = files_of_shapes(self.shapes, self.ontology, place)
        meant = None if self.paths and self.shapes else self.find()
        repository = None if meant is None else files.find(place(meant.root))
        syntax = _syntaxes(self.syntax, place)
        paths = [place(path) for path in self.paths]
        contexts = {url: place(path) for url, path in _contexts(self.contexts)}
        found = resolve(repository, paths, shapes, ontology, place(Path.cwd()), syntax)
        read = {STDIN, *(path.resolve() for path in found.files)}
        for path in syntax.named:
            if path not in read:
                raise InputError(f"--syntax {path}: that file is none of those that are read")
        return found._replace(contexts=contexts)

    def before(self, tree: Tree) -> Inputs:
        """Return what of this was there in an earlier tree; raises `InputError` if that is too little."""
        paths = tuple(filter(tree.holds, self.paths))
        shapes = tuple(name for name in self.shapes if name == PACK or tree.holds(_local(name)))
        if len(self.paths) > len(paths) == 0 or len(self.shapes) > len(shapes) == 0:
            raise InputError(f"nothing could be validated in {tree.folder}")
        ontology = tuple(filter(tree.holds, self.ontology))
        return self._replace(paths=paths, shapes=shapes, ontology=ontology).inputs(tree.at)


def files_of_shapes(
    named: Iterable[str], ontology: Iterable[Path] = (), place: Callable[[Path], Path] = Path
) -> tuple[list[Path], list[Path]]:
    """Return the files of shapes and of ontology; raises `InputError` for a name that is not a file."""
    shapes: list[Path] = []
    terms = [place(path) for path in ontology]
    for name in named:
        if name == PACK:
            content = files.installed()
            if content is None:
                raise InputError(f"--shapes {PACK}: this installation comes without shapes")
            shapes.append(content.shapes_file)
            terms += content.ontology_files
        else:
            path = STDIN if name == str(STDIN) else place(_local(name))
            if path != STDIN and not path.exists():
                raise InputError(f"{name}: no such file of shapes{nearest(name, (PACK,))}")
            shapes.append(path)
    return shapes, terms


def _contexts(named: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield URL and file of each context; raises `InputError` for what is not `URL=FILE`, or no file."""
    for given in named:
        url, separator, name = given.rpartition("=")
        if not (separator and url and name):
            raise InputError(f"--context {given}: expected URL=FILE")
        if not Path(name).is_file():
            raise InputError(f"--context {given}: {name}: no such file")
        yield url, Path(name)


def _syntaxes(given: Iterable[str], place: Callable[[Path], Path]) -> Syntaxes:
    """Return the syntaxes that `NAME` and `FILE=NAME` tell; raises `InputError` for what is not known."""
    others: list[str] = []
    named: dict[Path, str] = {}
    for text in given:
        file, separator, name = text.rpartition("=")
        if name not in SYNTAXES:
            known = f"one of {', '.join(SYNTAXES)}{nearest(name, SYNTAXES)}"
            raise InputError(f"--syntax {text}: unknown syntax; {known}")
        if not separator:
            others.append(SYNTAXES[name])
        elif file != str(STDIN) and not Path(file).is_file():
            raise InputError(f"--syntax {text}: {file}: no such file")
        else:
            named[STDIN if file == str(STDIN) else place(Path(file)).resolve()] = SYNTAXES[name]
    if len(set(others)) > 1:
        raise InputError("--syntax: two for the files that tell none themselves; name a file: FILE=NAME")
    return Syntaxes(others[0] if others else None, named)


def _local(name: str) -> Path:
    """Return the path that a name or a local file's URL stands for; raises `InputError` for other URLs."""
    if "://" not in name:
        return Path(name)
    try:
        url = urlsplit(name)
    except ValueError:
        url = urlsplit("")
    if url.scheme != "file" or url.netloc not in ("", "localhost"):
        instead = "only files are read, nothing is fetched; save it and name the file"
        raise InputError(f"--shapes {name}: {instead}")
    return Path(unquote(url.path))
