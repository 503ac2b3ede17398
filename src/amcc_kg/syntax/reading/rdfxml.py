"""RDF/XML into columns: expat reads the XML, once, and each term is placed where it is written.

Nothing outside the text is read, and expat bounds what entities may grow to. What is wrong with an element
costs that element; what is wrong with the XML ends the reading.

RDF 1.1 XML Syntax, the productions of section 7.2, and what RDF 1.2 adds to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from xml.parsers import expat

from amcc_kg.syntax.reading import xml_tags
from amcc_kg.syntax.reading.canonical_xml import CanonicalXml
from amcc_kg.syntax.reading.problems import Wrong, shown
from amcc_kg.syntax.reading.source import Source
from amcc_kg.syntax.reading.tokens import MAX_NESTED, Tokens, is_language
from amcc_kg.terms import iris, keys
from amcc_kg.terms.prefixes import RDF

MAX_DEPTH = 10_000
"""Elements within elements: more are a mistake or an attack, and would cost memory without end."""

_XML = "http://www.w3.org/XML/1998/namespace"
_ITS = "http://www.w3.org/2005/11/its"
_BLANKS = " \t\r\n"
_NC_NAME = re.compile(r"[^\W\d][\w.\u00b7-]*").fullmatch
_ENTITY = re.compile(r"&([^#;\s][^;\s]*);")
_BOMB = 43  # XML_ERROR_AMPLIFICATION_LIMIT_BREACH, which the module names only from Python 3.13 on
_OF_XML = frozenset(("lt", "gt", "amp", "quot", "apos"))

# Sections 5.1 and 7.2.2 to 7.2.7: what names no node, no property, no attribute that is a property.
_CORE = {f"{RDF}{name}" for name in ("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype")}
_OLD = {f"{RDF}{name}" for name in ("aboutEach", "aboutEachPrefix", "bagID")}
_NO_NODE = frozenset(_CORE | _OLD | {f"{RDF}li"})
_NO_PROPERTY = frozenset(_CORE | _OLD | {f"{RDF}Description"})
_ANNOTATION, _ANNOTATION_ID, _VERSION = f"{RDF}annotation", f"{RDF}annotationNodeID", f"{RDF}version"
_NO_ATTRIBUTE = _NO_NODE | _NO_PROPERTY | {_ANNOTATION, _ANNOTATION_ID}
_UNQUALIFIED = frozenset(("ID", "about", "resource", "parseType", "type"))  # section 6.1.4, for old documents
_LI, _DESCRIPTION, _TYPE = f"{RDF}li", f"{RDF}Description", f"{RDF}type"
_ID, _ABOUT, _NODE_ID, _RESOURCE, _DATATYPE, _PARSE_TYPE = (
    f"{RDF}{name}" for name in ("ID", "about", "nodeID", "resource", "datatype", "parseType")
)

Term = tuple[int, int]
"""A term's number and the offset where it stands."""


class _Attribute(NamedTuple):
    """What a start tag says: the value, and where it and its name stand."""

    value: str
    name_at: int
    at: int


_Child = Callable[["_Element", str, list[str], int], None]
"""What an element inside another is: its name and its attributes as expat gives them, and where it begins."""


class _Element:
    """An element that is open, and what its content means."""

    __slots__ = (
        "annotation", "at", "base", "begun", "cell", "child", "close", "datatype", "direction", "filled",
        "language", "members", "predicate", "reifier", "subject", "takes", "version",
    )  # fmt: skip

    def __init__(self, at: int, child: _Child, outer: _Element | None, base: str = "") -> None:
        self.at, self.child = at, child
        self.language: str = outer.language if outer else ""
        self.base: str = outer.base if outer else base
        self.version: str = outer.version if outer else ""  # of RDF
        self.direction: str = outer.direction if outer else ""  # of text
        self.takes: Callable[[_Element, Term], None] | None = None  # a node inside it
        self.close: Callable[[_Element, str], None] | None = None  # takes the text inside it
        self.subject: Term | None = None
        self.predicate: Term | None = None  # of a property
        self.reifier: Term | None = None
        self.annotation: Term | None = None
        self.begun = 0  # of a triple term, how many rows there were before
        self.members = 0  # `rdf:li` so far
        self.datatype = ""
        self.filled = False  # whether a property has its value
        self.cell: Term | None = None  # of a collection, the last one


class Reader:
    """Reads one text once."""

    def __init__(self, source: Source, tokens: Tokens) -> None:
        self.source, self.text, self.tokens = source, source.text, tokens
        self._raw = source.text.encode("utf-8", "surrogatepass")
        self._plain = len(self._raw) == len(self.text)
        self._bytes = self._characters = 0
        self._data: list[str] = []
        self._last = 0  # where the last tag stands
        self._skipped = 0  # how many elements are open that mean nothing
        self._literal: CanonicalXml | None = None
        self._predicates: dict[str, int] = {}
        self._ids: set[str] = set()
        self._entities: set[str] | None = None  # those declared, if others may be declared elsewhere
        intern = source.terms.intern
        self._type, self._first, self._rest, self._nil = (
            intern(f"<{RDF}{name}>") for name in ("type", "first", "rest", "nil")
        )
        self._open = [_Element(0, self._document, None, source.base)]

    def read(self) -> None:
        """Read all of the text; mistakes go to the source's problems."""
        parser = self._parser = expat.ParserCreate("utf-8", " ", {})
        parser.namespace_prefixes = parser.ordered_attributes = parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data.append
        parser.StartNamespaceDeclHandler = self._prefix
        parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = self._doctype, self._entity
        parser.ExternalEntityRefHandler = parser.SkippedEntityHandler = self._undeclared
        parser.CommentHandler, parser.ProcessingInstructionHandler = self._comment, self._instruction
        try:
            parser.Parse(self._raw, True)
        except Wrong as wrong:
            self.source.report(wrong)
        except expat.ExpatError as error:
            self.source.report(self._ill_formed(error))
        finally:
            # Its handlers are methods of this reader: a circle that would keep the text.
            del self._parser, parser

    # What expat tells

    def _start(self, name: str, attributes: list[str]) -> None:
        at = self._offset()
        if self._literal is not None:
            self._into_literal(self._literal)
            if self._literal.depth >= MAX_DEPTH:
                raise _too_deep(at)
            self._literal.start(name, attributes)
            return
        if self._skipped:
            self._skipped += 1
            return
        outer = self._open[-1]
        if len(self._open) > MAX_DEPTH:
            raise _too_deep(at)
        try:
            if self._data:
                self._blank()
            outer.child(outer, name, attributes, at)
        except Wrong as wrong:
            if wrong.resume is not None:
                raise
            self._note(wrong)
            self._skipped = 1
        self._last = at

    def _end(self, _: str) -> None:
        if self._literal is not None:
            self._into_literal(self._literal)
            if self._literal.depth:
                self._literal.end()
                return
        elif self._skipped:
            self._skipped -= 1
            self._data.clear()
            return
        element = self._open[-1]
        try:
            if element.close is None or element.filled:
                if self._data:
                    self._blank()
            else:
                element.close(element, "".join(self._data))
        except Wrong as wrong:
            self._note(wrong)
        self._data.clear()
        self._open.pop()
        self._last = self._offset()

    def _prefix(self, prefix: str | None, namespace: str | None) -> None:
        if prefix is not None and namespace:
            self.source.prefixes[prefix] = namespace

    def _doctype(self, _: str, system: str | None, *__: object) -> None:
        if system is not None:
            self._entities = set(_OF_XML)

    def _entity(self, name: str, is_parameter: bool, *_: object) -> None:
        if self._entities is not None and not is_parameter:
            self._entities.add(name)

    def _undeclared(self, *_: object) -> int:
        at = self._offset()
        self._note(_elsewhere(at, xml_tags.end(self.text, at)))
        return 1

    def _comment(self, text: str) -> None:
        if self._literal is not None:
            self._into_literal(self._literal)
            self._literal.comment(text)

    def _instruction(self, target: str, text: str) -> None:
        if self._literal is not None:
            self._into_literal(self._literal)
            self._literal.instruction(target, text)

    def _into_literal(self, literal: CanonicalXml) -> None:
        if self._data:
            literal.text("".join(self._data))
            self._data.clear()

    # The productions of section 7.2

    def _document(self, outer: _Element, name: str, attributes: list[str], at: int) -> None:
        """Sections 7.2.8 and 7.2.9: the outermost element is `rdf:RDF`, or a node."""
        if self._iri_of(name, at) != f"{RDF}RDF":
            self._node(outer, name, attributes, at)
            return
        element = _Element(at, self._node, outer)
        for attribute, value in self._attributes(element, attributes, at).items():
            raise self._odd(attribute, value, "at `rdf:RDF`")
        self._open.append(element)

    def _node(self, outer: _Element, name: str, attributes: list[str], at: int) -> None:
        """Section 7.2.11: an element that is a node."""
        kind, kind_at = self._iri_of(name, at), self._name_at(at)
        if kind in _NO_NODE:
            raise self._wrong(kind_at, f"`rdf:{kind[len(RDF) :]}` is the name of no node")
        element = _Element(at, self._property, outer)
        said = self._attributes(element, attributes, at) if attributes else {}
        element.subject = node = self._subject(element, said, at)
        if outer.takes is not None:
            outer.takes(outer, node)
        if kind != _DESCRIPTION:
            self.source.add(*node, self._type, kind_at, self._iri(kind, kind_at), kind_at)
        if said:
            self._say(element, node, said)
        self._open.append(element)

    def _subject(self, element: _Element, said: dict[str, _Attribute], at: int) -> Term:
        """Take the attribute that names a node, if there is one, out of those of its element."""
        found = [name for name in said if name in (_ABOUT, _ID, _NODE_ID)]
        if not found:
            return self.tokens.anonymous(), at
        if len(found) > 1:
            raise self._odd(found[1], said[found[1]], f"beside `rdf:{found[0][len(RDF) :]}`")
        value = said.pop(found[0])
        if found[0] == _ABOUT:
            return self._iri(value.value, value.at, element.base), value.at
        return (self._labelled if found[0] == _NODE_ID else self._identified)(element, value)

    def _say(self, element: _Element, node: Term, said: dict[str, _Attribute]) -> None:
        """State what attributes say of a node; raises `Wrong` for one that is no property."""
        for name, value in said.items():
            if name in _NO_ATTRIBUTE:
                raise self._odd(name, value, "here")
        for name, value in said.items():
            if name == _TYPE:
                term = self._iri(value.value, value.at, element.base)
            else:
                term = self._text_of(value.value, value.at, element)
            self.source.add(*node, self._iri(name, value.name_at), value.name_at, term, value.at)

    def _property(self, outer: _Element, name: str, attributes: list[str], at: int) -> None:
        """Sections 7.2.14 to 7.2.21: an element that is a property of the node around it."""
        element = _Element(at, self._node, outer)
        predicate = self._predicates.get(name)
        if predicate is None:
            kind = self._iri_of(name, at)
            if kind in _NO_PROPERTY:
                raise self._wrong(self._name_at(at), f"`rdf:{kind[len(RDF) :]}` is the name of no property")
            if kind == _LI:
                outer.members += 1
                predicate = self._iri(f"{RDF}_{outer.members}", at)
            else:
                predicate = self._predicates[name] = self._iri(kind, self._name_at(at))
        element.subject, element.predicate = outer.subject, (predicate, self._name_at(at))
        element.takes, element.close = self._has_node, self._has_text
        if attributes:
            said = self._attributes(element, attributes, at)
            names = [name for name in said if name in (_ANNOTATION, _ANNOTATION_ID)]
            if len(names) > 1:
                raise self._odd(names[1], said[names[1]], "beside the other that names an annotation")
            if names:
                value = said.pop(names[0])
                if names[0] == _ANNOTATION:
                    element.annotation = self._iri(value.value, value.at, element.base), value.at
                else:
                    element.annotation = self._labelled(element, value)
            if _ID in said:
                element.reifier = self._identified(element, said.pop(_ID))
            if said:
                self._describe(element, said, at)
        self._open.append(element)

    def _describe(self, element: _Element, said: dict[str, _Attribute], at: int) -> None:
        """Let the attributes of a property say what its value is."""
        named = [name for name in said if name in (_PARSE_TYPE, _RESOURCE, _NODE_ID, _DATATYPE)]
        if len(named) > 1:
            raise self._odd(named[1], said[named[1]], f"beside `rdf:{named[0][len(RDF) :]}`")
        value = said.pop(named[0]) if named else None
        if value is not None and named[0] in (_PARSE_TYPE, _DATATYPE):
            for name, other in said.items():
                raise self._odd(name, other, f"beside `rdf:{named[0][len(RDF) :]}`")
            if named[0] == _DATATYPE:
                element.datatype = self._resolved(value.value, value.at, element.base)
            else:
                self._parse_type(element, value.value, at)
            return
        if value is None:
            node = self.tokens.anonymous(), at
        elif named[0] == _RESOURCE:
            node = self._iri(value.value, value.at, element.base), value.at
        else:
            node = self._labelled(element, value)
        self._has_node(element, node)
        self._say(element, node, said)
        element.child, element.takes = self._nothing, None

    def _parse_type(self, element: _Element, kind: str, at: int) -> None:
        """Sections 7.2.17 to 7.2.20; a kind that is not known is `Literal`."""
        if kind == "Resource":
            node = self.tokens.anonymous(), at
            self._has_node(element, node)
            element.child, element.takes, element.subject = self._property, None, node
        elif kind == "Collection":
            element.takes, element.close = self._has_item, self._has_list
        elif kind == "Triple" and element.version:
            if sum(outer.close == self._has_triple for outer in self._open) >= MAX_NESTED:
                message = f"more than {MAX_NESTED} triple terms within each other; the rest is not read"
                raise Wrong(at, at + 1, message, resume=len(self.text))
            element.begun, element.takes, element.close = len(self.source), None, self._has_triple
        elif kind == "Triple":
            self.source.remark(at, 'a triple term counts where `rdf:version="1.2"` is stated; it is left out')
            element.child, element.close = self._ignored, lambda _, __: None
        else:
            self._literal = CanonicalXml()
            element.close = self._has_xml

    def _ignored(self, _: _Element, __: str, ___: list[str], ____: int) -> None:
        self._skipped = 1

    def _nothing(self, _: _Element, __: str, ___: list[str], at: int) -> None:
        raise self._wrong(self._name_at(at), "the property around it has its value in an attribute")

    def _has_node(self, element: _Element, node: Term) -> None:
        if element.filled:
            raise self._wrong(node[1], "a second value of one property element; each takes its own")
        element.filled = True
        self._state(element, node)

    def _has_text(self, element: _Element, text: str) -> None:
        at = self._content(element.at) if text else element.at
        if element.datatype:
            term = self.source.terms.intern(keys.literal(text, datatype=element.datatype))
        else:
            term = self._text_of(text, at, element)
        self._state(element, (term, at))

    def _has_xml(self, element: _Element, _: str) -> None:
        assert self._literal is not None  # since the element began
        text = "".join(self._literal.parts)
        self._literal = None
        at = self._content(element.at) if text else element.at
        if text and self.text[at] != "&":
            self.source.ends[at] = self._offset()
        term = self.source.terms.intern(keys.literal(text, datatype=f"{RDF}XMLLiteral"))
        self._state(element, (term, at))

    def _has_triple(self, element: _Element, text: str) -> None:
        """Make a term of the one row that was written inside an element."""
        if text:
            self._blank()
        source, begun = self.source, element.begun
        if len(source) != begun + 1:
            found = len(source) - begun
            source.truncate(begun)
            raise self._wrong(element.at, f"expected one statement inside, which is the value, found {found}")
        at = source.s_at[begun]
        term = self.tokens.triple_term(source.s[begun], source.p[begun], source.o[begun])
        source.truncate(begun)
        self._state(element, (term, at))

    def _has_item(self, element: _Element, node: Term) -> None:
        """Put a node into a collection; what the list implies stands at the item."""
        at = node[1]
        cell = self.tokens.anonymous(), at
        if element.cell is None:
            self._state(element, cell)
        else:
            self.source.add(*element.cell, self._rest, at, *cell)
        self.source.add(*cell, self._first, at, *node)
        element.cell = cell

    def _has_list(self, element: _Element, text: str) -> None:
        if text:
            self._blank()
        if element.cell is None:
            self._state(element, (self._nil, element.at))
        else:
            self.source.add(*element.cell, self._rest, element.cell[1], self._nil, element.cell[1])

    def _state(self, element: _Element, value: Term) -> None:
        """State the property that an element is, and what section 7.3 asks for where it has an `rdf:ID`."""
        assert element.subject is not None and element.predicate is not None  # it is a property
        self.source.add(*element.subject, *element.predicate, *value)
        if element.annotation is not None:
            triple = self.tokens.triple_term(element.subject[0], element.predicate[0], value[0])
            at = element.annotation[1]
            reifies = self._iri(f"{RDF}reifies", at)
            self.source.add(*element.annotation, reifies, at, triple, element.subject[1])
        if element.reifier is not None:
            at = element.reifier[1]
            kind = self._iri(f"{RDF}Statement", at), at
            terms = (("type", kind), ("subject", element.subject), ("predicate", element.predicate))
            for name, term in (*terms, ("object", value)):
                self.source.add(*element.reifier, self._iri(f"{RDF}{name}", at), at, *term)

    # Attributes, names and terms

    def _attributes(self, element: _Element, attributes: list[str], at: int) -> dict[str, _Attribute]:
        """Return the attributes by their IRIs; `xml:lang` and `xml:base` are obeyed, others of XML left out.

        Sections 6.1.2 and 6.1.4. An attribute that the document's type adds stands at the element's name.
        """
        text, places = self.text, list[tuple[int, int]]()
        if attributes and text[at] == "<":
            places = xml_tags.attributes(text, at)[0]
            if self._entities is not None:
                self._check_entities(at)
        found: dict[str, _Attribute] = {}
        default = self._name_at(at)
        for number, name in enumerate(attributes[::2]):
            value = attributes[2 * number + 1]
            name_at, value_at = places[number] if number < len(places) else (default, default)
            space, rest, prefix = xml_tags.split(name)
            if space == _XML and rest == "base":
                element.base = self._resolved(value, value_at, element.base).partition("#")[0]
            elif space + rest == _VERSION:
                element.version = value
            elif space == _ITS and rest in ("dir", "version"):
                element.direction = value if rest == "dir" else element.direction
            elif space == _XML and rest == "lang":
                if value and not is_language(value):
                    raise self._wrong(value_at, f"`{shown(value)}` is no language tag")
                element.language = value
            elif (prefix or ("" if space else rest)).lower().startswith("xml"):
                continue
            elif space:
                found[space + rest] = _Attribute(value, name_at, value_at)
            elif rest in _UNQUALIFIED:
                found[f"{RDF}{rest}"] = _Attribute(value, name_at, value_at)
            else:
                message = f"the attribute `{shown(rest)}` is in no namespace"
                raise self._wrong(name_at, message, "it needs a prefix, as `rdf:about` has")
        return found

    def _check_entities(self, at: int) -> None:
        """Raise `Wrong` if a start tag refers to what is not declared here, of which expat says nothing."""
        for match in _ENTITY.finditer(self.text, at, xml_tags.attributes(self.text, at)[1]):
            if self._entities is not None and match[1] not in self._entities:
                raise _elsewhere(match.start(), match.end())

    def _iri_of(self, name: str, at: int) -> str:
        """Return the IRI that an element's name is; raises `Wrong` without a namespace."""
        space, local, _ = xml_tags.split(name)
        if not space:
            hint = f'as in `<ex:{shown(name)}>` with `xmlns:ex="…"`'
            raise self._wrong(self._name_at(at), f"`{shown(name)}` is in no namespace", hint)
        return space + local

    def _name_at(self, at: int) -> int:
        return at + 1 if self.text[at] == "<" else at

    def _content(self, at: int) -> int:
        """Return where the content of an element begins; at the reference if it came from an entity."""
        match = xml_tags.start_tag(self.text, at)
        return match.end() if match else at

    def _identified(self, element: _Element, value: _Attribute) -> Term:
        """Return what an `rdf:ID` names, sections 6.1.4 and 7.2.34."""
        if not _NC_NAME(value.value):
            raise self._wrong(value.at, f"`{shown(value.value)}` is no XML name without a colon")
        iri = self._resolved(f"#{value.value}", value.at, element.base)
        if iri in self._ids:
            raise self._wrong(value.at, f"`{shown(value.value)}` was an `rdf:ID` before; name it `rdf:about`")
        self._ids.add(iri)
        return self.source.terms.intern(f"<{iri}>"), value.at

    def _labelled(self, _: _Element, value: _Attribute) -> Term:
        if not _NC_NAME(value.value):
            raise self._wrong(value.at, f"`{shown(value.value)}` is no XML name without a colon")
        return self.tokens.labelled(value.value), value.at

    def _iri(self, iri: str, at: int, base: str = "") -> int:
        return self.source.terms.intern(f"<{self._resolved(iri, at, base)}>")

    def _resolved(self, iri: str, at: int, base: str) -> str:
        if found := iris.forbidden(iri):
            raise self._wrong(at, f"an IRI cannot hold {_character(found[0])}")
        return iris.resolve(iri, base) if base else iri

    def _text_of(self, text: str, at: int, element: _Element) -> int:
        tag = element.language
        if tag:
            if element.version and element.direction in ("ltr", "rtl"):
                tag = f"{tag}--{element.direction}"
            self.source.spell(tag, at)
        return self.source.terms.intern(keys.literal(text, tag))

    # Places and mistakes

    def _offset(self) -> int:
        """Return where what expat tells of stands, in characters; in an entity, where it is referred to."""
        at = index = self._parser.CurrentByteIndex
        if not self._plain:
            self._characters += len(self._raw[self._bytes : index].decode("utf-8", "surrogatepass"))
            self._bytes, at = index, self._characters
        return at

    def _blank(self) -> None:
        """Raise `Wrong` if there is text where only elements can stand."""
        text = "".join(self._data)
        self._data.clear()
        if text.strip(_BLANKS):
            at = xml_tags.stray(self.text, self._last)
            end = xml_tags.line_end(self.text, at)
            raise Wrong(at, end, "text cannot stand here, beside elements or a value in an attribute")

    def _wrong(self, at: int, message: str, hint: str = "") -> Wrong:
        return Wrong(at, xml_tags.mark_end(self.text, at), message, hint)

    def _odd(self, name: str, value: _Attribute, where: str) -> Wrong:
        written = self.text[value.name_at : xml_tags.end(self.text, value.name_at)]
        return self._wrong(value.name_at, f"the attribute `{shown(written)}` cannot stand {where}")

    def _note(self, wrong: Wrong) -> None:
        self.source.report(wrong)
        if self.source.full:
            raise Wrong(wrong.start, wrong.end, wrong.message)

    def _ill_formed(self, error: expat.ExpatError) -> Wrong:
        """Return expat's complaint in words."""
        end = self._parser.ErrorByteIndex
        while 0x80 <= (self._raw[end : end + 1] or b" ")[0] < 0xC0:  # expat stops within a character, too
            end -= 1
        at = len(self._raw[:end].decode("utf-8", "surrogatepass"))
        if "\0" in self.text[:at]:  # behind which it goes on for some time
            at = self.text.index("\0")
        said = expat.ErrorString(error.code)
        if at >= len(self.text):
            at = len(self.text.rstrip())
            return Wrong(at, at, f"{self._expected()}, found the end of the file")
        if said == expat.errors.XML_ERROR_TAG_MISMATCH:
            return self._wrong(at, f"{self._expected()}, found another end tag")
        if error.code == _BOMB:
            return self._wrong(at, "entities that grow beyond all bounds; the rest is not read")
        return self._wrong(at, f"not well-formed XML: {said}")

    def _expected(self) -> str:
        """Name the end tag of the innermost element."""
        if len(self._open) < 2:
            return "expected an element"
        if self._skipped or self._literal is not None:
            return "expected the end tag of the innermost element"
        at = self._open[-1].at
        name = self.text[at + 1 : xml_tags.mark_end(self.text, at)]
        return f"expected `</{shown(name)}>` for line {self.source.lines.place(at)[0]}"


def _elsewhere(at: int, end: int) -> Wrong:
    return Wrong(at, end, "an entity that is not declared in this file; nothing else is read", "write it out")


def _too_deep(at: int) -> Wrong:
    return Wrong(at, at + 1, f"more than {MAX_DEPTH} elements within each other; the rest is not read")


def _character(sign: str) -> str:
    if sign == " ":
        return "a space; write it as `%20`"
    return f"`{sign}`" if sign.isprintable() else f"U+{ord(sign):04X}"
