"""JSON-LD into columns: read with places, expanded by PyLD, each term placed where it is written.

PyLD knows contexts and expansion; that what it makes of a value still knows where that stands is added to
two of its methods. Nothing is fetched: contexts are in the file, are files beside it, or are given. What the
standard leaves out, such as keys without a meaning and names that are no IRI, is told among the remarks.

JSON-LD 1.1 Processing Algorithms and API, sections 5 and 8.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from amcc_kg.syntax import text_files
from amcc_kg.syntax.reading import json_text
from amcc_kg.syntax.reading.json_text import Text, Truth, text_at
from amcc_kg.syntax.reading.problems import Wrong, shown
from amcc_kg.syntax.reading.source import DEFAULT_GRAPH, Source
from amcc_kg.syntax.reading.tokens import Tokens, is_language
from amcc_kg.terms import iris, keys
from amcc_kg.terms.errors import AmccError, InputError, PlacedError
from amcc_kg.terms.lines import LineIndex
from amcc_kg.terms.prefixes import RDF, XSD

with warnings.catch_warnings():  # to which that adds with which PyLD would fetch contexts
    from c14n.Canonicalize import canonicalize
    from pyld.context_resolver import ContextResolver
    from pyld.jsonld import JsonLdError, JsonLdProcessor

_I18N = "https://www.w3.org/ns/i18n#"
_INTRODUCTION = "Invalid JSON-LD syntax; "


class Options(NamedTuple):
    """What the standard leaves open, named as it names them, and the contexts that are not fetched."""

    contexts: Mapping[str, Path] = {}
    expand_context: Any = None
    mode: str = "json-ld-1.1"
    direction: str | None = None  # `i18n-datatype` or `compound-literal`
    generalized: bool = False  # whether a blank node may be a predicate


_Term = tuple[int, int]
"""A term's number and the offset where it stands."""


class _Placed(dict[str, Any]):
    """An object that expansion has made: where it comes from, and where the key stands that it is said by."""

    __slots__ = ("at", "verb")
    at: int
    verb: int


class _Processor(JsonLdProcessor):  # type: ignore[misc] # it has no types
    """PyLD's processor, whose results know where what they come from stands."""

    last = 0
    """Where the value stands that was begun last."""
    outermost: Mapping[str, Any] | None = None
    """The terms of the context that was processed first."""

    def _process_context(self, *arguments: Any, **how: Any) -> Any:
        first = self.outermost is None
        if first:
            self.outermost = {}  # contexts within it are processed meanwhile
        found = super()._process_context(*arguments, **how)
        if first:
            self.outermost = found["mappings"]
        return found

    def _expand(self, active_ctx: Any, active_property: Any, element: Any, options: Any, **how: Any) -> Any:
        at = getattr(element, "at", -1)
        if at >= 0:
            self.last = at
        try:
            found = super()._expand(active_ctx, active_property, element, options, **how)
        except JsonLdError as error:
            if at >= 0 and not hasattr(error, "at"):
                error.at = at
            raise
        if type(found) is dict:
            found = _Placed(found)
            found.at, found.verb = at, getattr(active_property, "at", -1)
        elif type(found) is list and at >= 0:
            items = json_text.Array(found)
            items.at = at
            return items
        return found

    def _create_term_definition(
        self, active_ctx: Any, local_ctx: Any, term: Any, *arguments: Any, **how: Any
    ) -> None:
        try:
            super()._create_term_definition(active_ctx, local_ctx, term, *arguments, **how)
        except JsonLdError as error:
            error.terms = [*getattr(error, "terms", ()), term]
            raise

    def _expand_language_map(self, active_ctx: Any, language_map: Any, direction: Any) -> Any:
        found = map(_Placed, super()._expand_language_map(active_ctx, language_map, direction))
        values = list(found)
        for value in values:
            value.at, value.verb = _at(value["@value"]), getattr(language_map, "verb", -1)
        return values

    def _expand_iri(self, active_ctx: Any, value: Any, *arguments: Any, **how: Any) -> Any:
        found = super()._expand_iri(active_ctx, value, *arguments, **how)
        if found is not value and isinstance(found, str):
            at = getattr(value, "at", -1)
            if at >= 0 or type(found) is not str:
                return text_at(found, at)
        return found


def read(source: Source, tokens: Tokens, options: Options | None = None) -> None:
    """Read all of a source's text; a mistake goes to its problems and ends the reading."""
    try:
        _Reader(source, tokens, options or Options()).read()
    except Wrong as wrong:
        source.report(wrong)


class _Reader:
    """Reads one text once."""

    def __init__(self, source: Source, tokens: Tokens, options: Options) -> None:
        self.source, self.tokens, self.options = source, tokens, options
        self.json = json_text.Reader(source.text)
        self._processor = _Processor(self._left_out)
        self._settings = {
            "base": source.base or None,
            "processingMode": options.mode,
            "isFrame": False,
            "keepFreeFloatingNodes": False,
            "documentLoader": self._load,
            "contextResolver": ContextResolver({}, self._load),
        }
        self._graph: int | None = DEFAULT_GRAPH  # what rows stand in; None where that has no name
        self._entered = DEFAULT_GRAPH
        self._indexes: dict[tuple[int | None, str], str] = {}
        self._names: dict[str, int | None] = {}
        self._left: set[str] = set()
        intern = source.terms.intern
        self._type, self._first, self._rest, self._nil, self._value, self._language, self._direction = (
            intern(f"<{RDF}{name}>")
            for name in ("type", "first", "rest", "nil", "value", "language", "direction")
        )

    def read(self) -> None:
        """Read all of the text; raises `Wrong` at the first mistake."""
        try:
            # Of terms that look like keywords, PyLD warns on its own.
            with warnings.catch_warnings(record=True) as warned:
                for node in self._expanded():
                    self._node(node)
        except RecursionError as error:
            at = self._processor.last
            raise Wrong(at, at + 1, "nested too deeply to be read") from error
        except JsonLdError as error:
            raise self._wrong(error) from error
        for term, meaning in (self._processor.outermost or {}).items():
            if meaning and meaning.get("_prefix"):
                self.source.prefixes[str(term)] = str(meaning["@id"])
        for warning in warned:
            self.source.remark(next(iter(self.json.contexts), 0), " ".join(str(warning.message).split()))

    def _expanded(self) -> Iterator[Any]:
        """Yield the nodes that expansion makes, one by one where the document's outermost ones are apart."""
        expand, settings = self._processor._expand, self._settings
        active = self._processor._get_initial_context(settings)
        if self.options.expand_context is not None:
            active = self._processor._process_context(active, self.options.expand_context, settings)
        top = self.json.document(lazily=True)
        if isinstance(top, list):
            for at in top:
                yield from _several(expand(active, None, self.json.value(at), settings))
            return
        items = top.get("@graph") if isinstance(top, dict) else None
        if isinstance(items, list):
            if not top.keys() - {"@context", "@graph"}:
                if "@context" in top:
                    active = self._processor._process_context(active, top["@context"], settings)
                for at in items:
                    yield from _several(expand(active, "@graph", self.json.value(at), settings))
                return
            top = self.json.document()
        found = expand(active, None, top, settings)
        alone = isinstance(found, dict) and found.keys() == {"@graph"}
        yield from _several(found["@graph"] if alone else found)

    # From what is expanded to rows, section 8; nodes are not merged before, because rows may be repeated.

    def _node(self, node: Any) -> _Term | None:
        """Write what is said of a node; return it, or None if it is none of RDF."""
        if not isinstance(node, dict) or "@value" in node or "@list" in node:
            return None
        name = node.get("@id")
        at = _at(name, _at(node, 0))
        number = self._number(name, at) if "@id" in node else self.tokens.anonymous()
        subject = None if number is None else (number, at)
        if name is not None and "@index" in node:
            index = self._indexes.setdefault((self._graph, name), node["@index"])
            if index != node["@index"]:
                raise Wrong(at, self.source.end(at), f"another @index than before: {shown(index)}")
        for key in sorted(node, key=_at):
            self._entry(subject, key, node[key])
        return subject

    def _entry(self, subject: _Term | None, key: str, value: Any) -> None:
        """Write what one entry of a node says, and what is said inside it."""
        if key == "@graph":
            outer, self._graph = self._graph, None if subject is None else subject[0]
            for node in value:
                self._node(node)
            self._graph = outer
        elif key == "@included":
            for node in value:
                self._node(node)
        elif key == "@reverse":
            for verb, items in value.items():
                predicate = self._predicate(verb)
                for item in items:
                    self._say(self._node(item), predicate, _verb(item, verb), subject)
        elif key == "@type":
            for kind in value:
                at = _at(kind, _at(key, 0))
                number = self._number(kind, at)
                self._say(subject, self._type, at, None if number is None else (number, at))
        elif not key.startswith("@"):
            predicate = self._predicate(key)
            for item in value:
                at = _verb(item, key)
                self._say(subject, predicate, at, self._object(item, at))

    def _say(self, subject: _Term | None, predicate: int | None, at: int, value: _Term | None) -> None:
        """Write a row, if all of it is there; a verb that is not in the text stands where its value does."""
        if subject is None or predicate is None or value is None or self._graph is None:
            return
        if self._graph != self._entered:
            self._entered = self._graph
            self.source.enter(self._graph)
        self.source.add(*subject, predicate, value[1] if at < 0 else at, *value)

    def _object(self, item: Any, verb: int) -> _Term | None:
        """Return a value and where it stands; what it says itself is written."""
        if "@list" in item:
            return self._list(item["@list"], _at(item, max(verb, 0)))
        return self._literal(item, max(verb, 0)) if "@value" in item else self._node(item)

    def _list(self, items: Any, at: int) -> _Term:
        """Write a list; what it implies stands at each item, the list itself where it opens."""
        opened = _at(items, at)
        found = [self._object(item, opened) for item in items]
        cells = [self.tokens.anonymous() for _ in found]
        for value, cell, rest in zip(found, cells, [*cells, self._nil][1:], strict=True):
            at = opened if value is None else value[1]
            self._say((cell, at), self._first, at, value)
            self._say((cell, at), self._rest, at, (rest, at))
        return (cells[0] if cells else self._nil), opened

    def _literal(self, item: Any, verb: int) -> _Term | None:
        """Return a literal, section 8.2.2."""
        value, kind, tag = item["@value"], item.get("@type"), item.get("@language")
        at = _at(value, _at(item, verb))
        if kind == "@json":
            return self._key(keys.literal(_canonical(value), datatype=f"{RDF}JSON"), at)
        if isinstance(value, str):
            return self._text(item, value, kind, tag, at)
        if isinstance(value, Truth | bool):
            lexical, usual = "true" if value else "false", "boolean"
        elif kind == f"{XSD}double" or abs(value) >= 1e21 or value % 1:
            lexical, usual = _double(float(value)), "double"
        else:
            lexical, usual = str(int(value)), "integer"
        return self._key(keys.literal(lexical, datatype=kind or f"{XSD}{usual}"), at)

    def _text(self, item: Any, value: str, kind: str | None, tag: str | None, at: int) -> _Term | None:
        """Return a string as a literal; a base direction counts if the caller has said how."""
        direction = item.get("@direction") if self.options.direction else None
        if direction and self.options.direction == "i18n-datatype":
            return self._key(keys.literal(value, datatype=f"{_I18N}{tag or ''}_{direction}"), at)
        if direction:
            node = self.tokens.anonymous(), at
            parts = (self._value, value), (self._language, tag), (self._direction, direction)
            for predicate, part in parts:
                if part:
                    self._say(node, predicate, at, self._key(keys.literal(part), at))
            return node
        if tag:
            if not is_language(tag):
                self._remark(tag, at, "is no language tag")
                return None
            self.source.spell(getattr(tag, "written", tag), at)
        return self._key(keys.literal(value, tag, kind), at)

    def _key(self, key: str, at: int) -> _Term:
        return self.source.terms.intern(key), at

    def _predicate(self, name: str) -> int | None:
        if name.startswith("_:") and not self.options.generalized:
            self._remark(name, _at(name), "is a blank node, which cannot be a predicate")
            return None
        return self._number(name, _at(name))

    def _number(self, name: str | None, at: int) -> int | None:
        """Return the number of an IRI or a blank node, None for what is neither."""
        if name is None:  # it looked like a keyword, and is none
            return None
        try:
            return self._names[name]
        except KeyError:
            number = None
        if name.startswith("_:"):
            number = self.tokens.labelled(name[2:])
        elif iris.is_absolute(name) and not iris.forbidden(name) and name.count("#") < 2:
            number = self.source.terms.intern(f"<{name}>")
        else:
            self._remark(name, at, "is no IRI")
        self._names[name] = number
        return number

    # What goes wrong, and what is not told by rows

    def _remark(self, name: str, at: int, why: str) -> None:
        """Tell once that statements are left out because of a name."""
        if name not in self._left:
            self._left.add(name)
            self.source.remark(max(at, 0), f"`{shown(name)}` {why}, so what it says is left out")

    def _left_out(self, name: str | None) -> None:
        if name is not None:
            self._remark(name, _at(name), "means nothing by the context")

    def _load(self, url: str, _: object) -> dict[str, Any]:
        """Return a context that is given, or a file; raises `InputError` for any other."""
        path = self.options.contexts.get(url)
        if path is None:
            parts = urlsplit(url)
            path = Path(unquote(parts.path)) if parts.scheme == "file" else None
            if path is None or not path.is_file():
                why = "is not fetched" if path is None else "is no file"
                raise InputError(f"the context <{url}> {why}; give it with --context {url}=FILE")
        text = text_files.read_text(path)
        try:
            document = json_text.Reader(text, placed=False).document()
        except Wrong as wrong:
            raise PlacedError(path, *LineIndex(text).place(wrong.start), wrong.message) from wrong
        return {"contextUrl": None, "documentUrl": url, "document": document}

    def _wrong(self, error: JsonLdError) -> Wrong:
        """Return PyLD's complaint, or that of what it asked for, with the place it is about."""
        chain: list[BaseException] = [error]
        while (cause := chain[-1].__cause__) is not None:
            chain.append(cause)
        chain.reverse()  # what comes from deepest inside says most
        details, wanted = list[Any](), list[Any]()
        for cause in chain:
            own, terms = getattr(cause, "details", None) or {}, getattr(cause, "terms", ())
            details += own.values()
            parts = [part for name, part in own.items() if terms or name in ("context", "url")]
            wanted += (*(part for part in parts if isinstance(part, str)), *terms, *parts)
        places = (*map(self._in_contexts, wanted), *map(_within, details))
        at = next((at for at in places if at >= 0), getattr(error, "at", self._processor.last))
        own = next((str(e) for e in chain if isinstance(e, AmccError)), "")
        first = next(e for e in chain if isinstance(e, JsonLdError))
        words = " ".join(str(first.args[0]).removeprefix(_INTRODUCTION).split()).rstrip(".")
        return Wrong(at, self.source.end(at), own or f"{words} ({error.code or error.type})")

    def _in_contexts(self, wanted: object) -> int:
        """Return where something first stands in the document's contexts, -1 if in none."""
        base, reader = self.source.base, json_text.Reader(self.source.text, placed=True)
        for at in dict.fromkeys(self.json.contexts):
            for part in _parts(reader.value(at)):
                if wanted == part or (isinstance(part, Text) and wanted == iris.resolve(part, base)):
                    return _at(part)
        return -1


def _at(thing: object, otherwise: int = -1) -> int:
    """Return where something stands."""
    at: int = getattr(thing, "at", -1)
    return otherwise if at < 0 else at


def _verb(item: object, key: str) -> int:
    """Return where the key stands that something is a value of."""
    verb: int = getattr(item, "verb", -1)
    return _at(key) if verb < 0 else verb


def _within(thing: object) -> int:
    """Return the first place of what stands in something."""
    found = (_within(part) for part in (thing.values() if isinstance(thing, dict) else ()))
    return _at(thing, next((at for at in found if at >= 0), -1))


def _parts(thing: Any) -> Iterator[Any]:
    """Yield what a context consists of that has a place, itself and keys included."""
    if hasattr(thing, "at"):
        yield thing
    inner = (x for pair in thing.items() for x in pair) if isinstance(thing, dict) else ()
    for part in thing if isinstance(thing, list) else inner:
        yield from _parts(part)


def _several(found: Any) -> Iterable[Any]:
    return found if isinstance(found, list) else () if found is None else (found,)


def _double(value: float) -> str:
    """Return a double in its canonical form."""
    if value in (float("inf"), float("-inf")):
        return "INF" if value > 0 else "-INF"
    mantissa, exponent = f"{value:.15E}".split("E")
    mantissa = mantissa.rstrip("0")
    return f"{mantissa}{'0' if mantissa[-1] == '.' else ''}E{int(exponent)}"


def _canonical(value: object) -> str:
    """Return JSON in its canonical form, RFC 8785."""
    canonical: bytes = canonicalize(_bare(value))
    return canonical.decode()


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return bool(value) if isinstance(value, Truth) else value
