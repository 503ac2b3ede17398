"""Random RDF/XML in random layouts, with the statements that it makes and where each term of each stands."""

from __future__ import annotations

from random import Random
from xml.sax.saxutils import escape

from amcc_kg.terms import keys

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
BASE = "http://example.org/base/dir/file"
NAMESPACES = {"ex": "http://example.org/a#", "é": "http://example.org/é/", "x": "urn:x:"}
NAMES = ("a", "B", "x1", "_u", "a-b", "a.b", "é", "漢字")
TEXTS = (
    "",
    " ",
    "plain",
    'it\'s "quoted"',
    "a & b < c > d",
    "two\nlines",
    "é漢𐐀",
    "a\tb",
    "]]>",
    "<!-- -->",
    "\\n",
)
TAGS = ("en", "de-AT", "zh-Hant")
KINDS = (f"{XSD}integer", f"{XSD}date", "http://example.org/a#kind")
SPACES = (" ", "  ", "\n", "\r\n", "\t", "\n    ")
BETWEEN = ("", "", "\n", "\r\n  ", "<!-- <ex:no rdf:about='x'/> é -->", "<?pi <ex:no>?>")

Term = list  # key, start, end: of an element, the end comes with the end of its start tag
Row = tuple[Term, Term, Term]


class Writer:
    def __init__(self, random: Random, for_rdflib: bool = False) -> None:
        self.random = random
        # It takes the value of the attribute `rdf:type` as it is, not against the base (section 7.2.11).
        self.types_are_absolute = for_rdflib
        self.xml_literals = not for_rdflib  # which it leaves as they stand
        self.parts: list[str] = []
        self.length = 0
        self.rows: list[Row] = []
        self.entities = random.random() < 0.5
        self.ids = 0
        self.language = ""

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def put(self, text: str) -> int:
        at = self.length
        self.parts.append(text)
        self.length += len(text)
        return at

    def term(self, key: str, start: int) -> Term:
        return [key, start, self.length]

    def space(self) -> None:
        self.put(self.random.choice(SPACES))

    def between(self) -> None:
        self.put(self.random.choice(BETWEEN))

    def document(self) -> None:
        if self.random.random() < 0.5:
            self.put('<?xml version="1.0" encoding="utf-8"?>')
        if self.entities:
            self.put("<!DOCTYPE rdf:RDF [\n")
            for name, namespace in NAMESPACES.items():
                self.put(f'<!ENTITY {name} "{namespace}">\n')
            self.put("]>")
        self.put("<rdf:RDF")
        for name, namespace in {"rdf": RDF, **NAMESPACES}.items():
            self.space()
            self.attribute(f"xmlns:{name}", namespace)
        self.put(">")
        for _ in range(self.random.randint(1, 4)):
            self.between()
            self.node(0)
        self.between()
        self.put("</rdf:RDF>\n")

    def attribute(self, name: str, value: str) -> tuple[int, int]:
        """Write an attribute; return where name and value begin."""
        name_at = self.put(name)
        self.put(self.random.choice(("=", " = ", "=\n")))
        quote = self.random.choice("\"'")
        inner = escape(value, {quote: f"&#{ord(quote)};", "\n": "&#10;", "\t": "&#x9;", "\r": "&#13;"})
        if self.entities and not name.startswith("xmlns"):
            for entity, namespace in NAMESPACES.items():
                if inner.startswith(namespace):
                    inner = f"&{entity};{inner[len(namespace) :]}"
        at = self.put(f"{quote}{inner}{quote}")
        return name_at, at

    def name(self) -> tuple[str, str]:
        """Return a qualified name and the IRI that it is."""
        prefix = self.random.choice(list(NAMESPACES))
        local = self.random.choice(NAMES)
        return f"{prefix}:{local}", NAMESPACES[prefix] + local

    def add(self, s: Term, p: Term, o: Term) -> None:
        self.rows.append((s, p, o))

    def iri(self) -> tuple[str, str]:
        """Return a reference and the IRI that it stands for against the base."""
        if self.random.random() < 0.3:
            return self.random.choice(
                (("", BASE), ("#é", f"{BASE}#é"), ("../x", "http://example.org/base/x"))
            )
        iri = self.name()[1]
        return iri, iri

    def open(self, name: str) -> tuple[int, Term]:
        """Begin a start tag; return where it begins and its name as a term, without a key."""
        start = self.put("<")
        at = self.put(name)
        return start, self.term("", at)

    def node(self, depth: int) -> Term:
        """Write a node; return it."""
        typed = self.random.random() < 0.5
        name, kind = self.name() if typed else ("rdf:Description", "")
        start, tag = self.open(name)
        how = self.random.choice(("about", "about", "ID", "nodeID", "none"))
        self.space()
        if how == "none":
            node: Term = ["_", start, 0]
        else:
            if how == "about":
                value, iri = self.iri()
                key = f"<{iri}>"
            elif how == "ID":
                self.ids += 1
                value = f"id{self.ids}"
                key = f"<{BASE}#{value}>"
            else:
                value = self.random.choice(("a", "b.c", "é"))
                key = f"_:f0-{value}"
            _, at = self.attribute(f"rdf:{how}", value)
            node = self.term(key, at)
        if typed:
            self.add(node, [f"<{RDF}type>", *tag[1:]], [f"<{kind}>", *tag[1:]])
        self.attributes(node)
        empty = self.random.random() < 0.1
        self.put("/>" if empty else ">")
        if how == "none":
            node[2] = self.length
        if not empty:
            for _ in range(self.random.randint(0, 3)):
                self.between()
                self.property(node, depth)
            self.between()
            self.put(f"</{name}>")
        return node

    def attributes(self, node: Term) -> None:
        """Write attributes that are properties of a node."""
        written = set()
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.space()
            if self.random.random() < 0.2:
                name, (value, iri) = "rdf:type", self.iri()
                value = iri if self.types_are_absolute else value
                predicate, key = f"{RDF}type", f"<{iri}>"
            else:
                (name, predicate), value = self.name(), self.random.choice(TEXTS)
                key = keys.literal(value)
            if predicate in written:
                continue
            written.add(predicate)
            name_at, at = self.attribute(name, value)
            self.add(node, [f"<{predicate}>", name_at, name_at + len(name)], self.term(key, at))

    def property(self, node: Term, depth: int) -> None:
        """Write a property of a node and its value."""
        name, iri = self.name()
        start, tag = self.open(name)
        predicate = [f"<{iri}>", *tag[1:]]
        self.space()
        forms = ["text", "datatype", "language", "resource", "nodeID", "attributes", "empty"]
        forms += ["xml"] if self.xml_literals else []
        if depth < 3:
            forms += ["node", "Resource", "Collection"] * 2
        getattr(self, f"_{self.random.choice(forms)}")(node, predicate, start, name, depth)

    def _text(
        self, node: Term, predicate: Term, start: int, name: str, _: int, kind: str = "", tag: str = ""
    ) -> None:
        text = self.random.choice(TEXTS)
        self.put(">")
        tag_end = self.length
        at = self.content(text)
        key = keys.literal(text, tag, kind or None)
        value = self.term(key, at) if text else [key, start, tag_end]
        self.add(node, predicate, value)
        self.put(f"</{name}>")

    def content(self, text: str) -> int:
        at = self.length
        for part in text.partition(" "):
            if self.random.random() < 0.2 and "]]>" not in part:
                self.put(f"<![CDATA[{part}]]>")
            elif self.random.random() < 0.2:
                self.put("".join(f"&#x{ord(c):x};" for c in part))
            else:
                self.put(escape(part))
        return at

    def _datatype(self, node: Term, predicate: Term, start: int, name: str, depth: int) -> None:
        kind = self.random.choice(KINDS)
        self.attribute("rdf:datatype", kind)
        self._text(node, predicate, start, name, depth, kind=kind)

    def _language(self, node: Term, predicate: Term, start: int, name: str, depth: int) -> None:
        tag = self.random.choice(TAGS)
        self.attribute("xml:lang", tag)
        self._text(node, predicate, start, name, depth, tag=tag)

    def _empty(self, node: Term, predicate: Term, start: int, _: str, __: int) -> None:
        self.put("/>")
        self.add(node, predicate, self.term('""', start))

    def _close(self, name: str) -> None:
        self.put("/>" if self.random.random() < 0.5 else f"></{name}>")

    def _resource(self, node: Term, predicate: Term, _: int, name: str, __: int) -> None:
        value, iri = self.iri()
        _, at = self.attribute("rdf:resource", value)
        value_ = self.term(f"<{iri}>", at)
        self.add(node, predicate, value_)
        self.attributes(value_)
        self._close(name)

    def _nodeID(self, node: Term, predicate: Term, _: int, name: str, __: int) -> None:  # noqa: N802
        _, at = self.attribute("rdf:nodeID", "a")
        self.add(node, predicate, self.term("_:f0-a", at))
        self._close(name)

    def _attributes(self, node: Term, predicate: Term, start: int, name: str, _: int) -> None:
        before = len(self.rows)
        value: Term = ["_", start, 0]
        self.attributes(value)
        if len(self.rows) == before:
            self._empty(node, predicate, start, name, 0)
            return
        self.put("/>")
        value[2] = self.length
        self.add(node, predicate, value)

    def _node(self, node: Term, predicate: Term, _: int, name: str, depth: int) -> None:
        self.put(">")
        self.between()
        self.add(node, predicate, self.node(depth + 1))
        self.between()
        self.put(f"</{name}>")

    def _Resource(self, node: Term, predicate: Term, start: int, name: str, depth: int) -> None:  # noqa: N802
        self.attribute("rdf:parseType", "Resource")
        self.put(">")
        value = self.term("_", start)
        self.add(node, predicate, value)
        for _ in range(self.random.randint(0, 2)):
            self.between()
            self.property(value, depth + 1)
        self.between()
        self.put(f"</{name}>")

    def _Collection(self, node: Term, predicate: Term, start: int, name: str, depth: int) -> None:  # noqa: N802
        self.attribute("rdf:parseType", "Collection")
        self.put(">")
        tag = self.term(f"<{RDF}nil>", start)
        items = []
        for _ in range(self.random.randint(0, 2)):
            self.between()
            items.append(self.node(depth + 1))
        self.between()
        self.put(f"</{name}>")
        cells = [["_", item[1], item[2]] for item in items]
        self.add(node, predicate, cells[0] if cells else tag)
        for number, (cell, item) in enumerate(zip(cells, items, strict=True)):
            place = item[1:]
            self.add(cell, [f"<{RDF}first>", *place], item)
            if number + 1 < len(cells):
                place = items[number + 1][1:]
                self.add(cell, [f"<{RDF}rest>", *place], cells[number + 1])
            else:
                self.add(cell, [f"<{RDF}rest>", *place], [f"<{RDF}nil>", *place])

    def _xml(self, node: Term, predicate: Term, start: int, name: str, _: int) -> None:
        self.attribute("rdf:parseType", "Literal")
        self.put(">")
        written, canonical = self.random.choice(
            (
                ("", ""),
                ("a &lt; <b c='1' a=\"2\"/>", 'a &lt; <b a="2" c="1"></b>'),
                ("<ex:b>é</ex:b> ", '<ex:b xmlns:ex="http://example.org/a#">é</ex:b> '),
                ("<!--c--><![CDATA[<]]>", "<!--c-->&lt;"),
            )
        )
        at = self.put(written)
        key = keys.literal(canonical, datatype=f"{RDF}XMLLiteral")
        self.add(node, predicate, self.term(key, at if written else start))
        self.put(f"</{name}>")
