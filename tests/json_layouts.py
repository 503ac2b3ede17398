"""Random JSON-LD in random layouts, with the statements that it makes and where each term of each stands."""

from __future__ import annotations

import json
from random import Random

from amcc_kg.terms import keys

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
BASE = "http://example.org/base/dir/file"
EX = "http://example.org/a#"
CONTEXT = {
    "ex": EX,
    "knows": {"@id": "ex:knows", "@type": "@id"},
    "same": {"@id": "ex:knows", "@type": "@id"},
    "kind": "@type",
    "id": "@id",
    "date": {"@id": "ex:date", "@type": f"{XSD}date"},
    "label": {"@id": "ex:label", "@language": "de-AT"},
    "labels": {"@id": "ex:label", "@container": "@language"},
    "items": {"@id": "ex:items", "@container": "@list"},
    "of": {"@reverse": "ex:knows"},
    "raw": {"@id": "ex:raw", "@type": "@json"},
    "by": {"@id": "ex:by", "@container": "@id"},
}
TEXTS = ("", "plain", 'a "quoted" text', "it's", "two\nlines", "é漢𐐀", "{ [ , : ] }", "back\\slash", "\x01")
NUMBERS = (
    ("0", "0", "integer"), ("-12", "-12", "integer"), ("1.0", "1", "integer"), ("1.5", "1.5E0", "double"),
    ("1e30", "1.0E30", "double"), ("12345678901234567890", "12345678901234567890", "integer"),
    ("-0.025", "-2.5E-2", "double"), ("1E400", "INF", "double"),
)  # fmt: skip
SPACES = ("", "", " ", "\n", "\r\n", "\t", "\n    ")

Term = list
Row = tuple[Term, Term, Term]


class Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.parts: list[str] = []
        self.length = 0
        self.rows: list[Row] = []

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def put(self, text: str) -> int:
        at = self.length
        self.parts.append(text)
        self.length += len(text)
        return at

    def sign(self, text: str) -> int:
        self.put(self.random.choice(SPACES))
        at = self.put(text)
        self.put(self.random.choice(SPACES))
        return at

    def string(self, text: str) -> tuple[int, int]:
        """Write a string; return where it stands."""
        written = json.dumps(text, ensure_ascii=self.random.random() < 0.5)
        at = self.put(written)
        return at, at + len(written)

    def key(self, text: str) -> tuple[int, int]:
        place = self.string(text)
        self.sign(":")
        return place

    def document(self) -> None:
        opened = self.sign("{")
        self.key("@context")
        self.put(json.dumps(CONTEXT, indent=self.random.choice((None, 1))))
        self.sign(",")
        if self.random.random() < 0.7:
            self.key("@graph")
            self.array(lambda: self.node(0))
            self.sign("}")
        else:
            self.entries(0, opened)

    def array(self, item: object) -> list[object]:
        """Write an array of what a function writes; return what that returns."""
        self.sign("[")
        made = []
        for number in range(self.random.randint(0, 3)):
            if number:
                self.sign(",")
            made.append(item())  # type: ignore[operator]
        self.sign("]")
        return made

    def iri(self) -> tuple[str, str]:
        return self.random.choice(
            (
                ("ex:a", f"{EX}a"),
                ("ex:é", f"{EX}é"),
                ("#x", f"{BASE}#x"),
                ("", BASE),
                ("http://e/y", "http://e/y"),
            )
        )

    def reference(self) -> Term:
        """Write a string that is an IRI or the label of a blank node."""
        if self.random.random() < 0.2:
            start, end = self.string("_:b")
            return ["_:f0-b", start, end]
        written, iri = self.iri()
        start, end = self.string(written)
        return [f"<{iri}>", start, end]

    def node(self, depth: int) -> Term:
        self.put(self.random.choice(SPACES))
        self.put("{")
        return self.entries(depth, self.length - 1)

    def entries(self, depth: int, opened: int = 0) -> Term:
        """Write the rest of a node object, behind its bracket or its first entries; return the node."""
        node: Term = ["_", opened, opened + 1]
        forms = ["text", "number", "truth", "type", "date", "label", "labels", "raw", "value", "list", "null"]
        if depth < 3:
            forms += ["knows", "child", "of", "by", "items"]
        chosen = self.random.sample(forms, self.random.randint(1, 4))
        if self.random.random() < 0.7:
            chosen.insert(self.random.randint(0, len(chosen)), "id")
        for number, form in enumerate(chosen):
            if number:
                self.sign(",")
            getattr(self, f"_{form}")(node, depth)
        self.sign("}")
        return node

    def add(self, s: Term, p: Term, o: Term) -> None:
        self.rows.append((s, p, o))

    def predicate(self, written: str, local: str) -> Term:
        start, end = self.key(written)
        return [f"<{EX}{local}>", start, end]

    def _id(self, node: Term, _: int) -> None:
        self.key(self.random.choice(("@id", "id")))
        node[:] = self.reference()

    def _type(self, node: Term, _: int) -> None:
        self.key(self.random.choice(("@type", "kind")))

        def one() -> Term:
            written, iri = self.random.choice((("ex:T", f"{EX}T"), ("http://e/U", "http://e/U")))
            start, end = self.string(written)
            self.add(node, [f"<{RDF}type>", start, end], [f"<{iri}>", start, end])
            return node

        if self.random.random() < 0.5:
            one()
        else:
            self.array(one)

    def _text(self, node: Term, _: int) -> None:
        predicate, text = self.predicate("ex:text", "text"), self.random.choice(TEXTS)
        self.add(node, predicate, [keys.literal(text), *self.string(text)])

    def _number(self, node: Term, _: int) -> None:
        predicate = self.predicate(f"{EX}number", "number")
        written, lexical, kind = self.random.choice(NUMBERS)
        start = self.put(written)
        self.add(node, predicate, [keys.literal(lexical, datatype=XSD + kind), start, self.length])

    def _truth(self, node: Term, _: int) -> None:
        predicate = self.predicate("ex:truth", "truth")

        def one() -> None:
            written = self.random.choice(("true", "false"))
            start = self.put(written)
            self.add(node, predicate, [keys.literal(written, datatype=f"{XSD}boolean"), start, self.length])

        self.array(one)

    def _null(self, _: Term, __: int) -> None:
        self.predicate("ex:null", "null")
        self.put("null")

    def _date(self, node: Term, _: int) -> None:
        predicate = self.predicate("date", "date")
        text = self.random.choice(TEXTS)
        self.add(node, predicate, [keys.literal(text, datatype=f"{XSD}date"), *self.string(text)])

    def _label(self, node: Term, _: int) -> None:
        predicate, text = self.predicate("label", "label"), self.random.choice(TEXTS)
        self.add(node, predicate, [keys.literal(text, "de-AT"), *self.string(text)])

    def _labels(self, node: Term, _: int) -> None:
        predicate = self.predicate("labels", "label")
        self.sign("{")
        self.key("en")
        text = self.random.choice(TEXTS)
        self.add(node, predicate, [keys.literal(text, "en"), *self.string(text)])
        self.sign("}")

    def _value(self, node: Term, _: int) -> None:
        predicate, text = self.predicate("ex:value", "value"), self.random.choice(TEXTS)
        self.sign("{")
        self.key("@type")
        self.string(f"{XSD}token")
        self.sign(",")
        self.key("@value")
        self.add(node, predicate, [keys.literal(text, datatype=f"{XSD}token"), *self.string(text)])
        self.sign("}")

    def _raw(self, node: Term, _: int) -> None:
        predicate = self.predicate("raw", "raw")
        written, canonical = self.random.choice(
            (
                ("{ }", "{}"),
                ('{"b" : 1.0, "a":true}', '{"a":true,"b":1}'),
                ("[null]", "[null]"),
                ('"x"', '"x"'),
            )
        )
        start = self.put(written)
        end = start + (1 if written[0] in "[{" else len(written))
        self.add(node, predicate, [keys.literal(canonical, datatype=f"{RDF}JSON"), start, end])

    def _knows(self, node: Term, _: int) -> None:
        # Two keys of one meaning: each value is said by its own.
        for number, written in enumerate(self.random.choice((("knows",), ("same", "knows")))):
            if number:
                self.sign(",")
            predicate = self.predicate(written, "knows")
            if self.random.random() < 0.5:
                self.add(node, predicate, self.reference())
            else:
                for value in self.array(self.reference):
                    self.add(node, predicate, value)  # type: ignore[arg-type]

    def _child(self, node: Term, depth: int) -> None:
        predicate = self.predicate("ex:child", "child")
        self.add(node, predicate, self.node(depth + 1))

    def _of(self, node: Term, depth: int) -> None:
        predicate = self.predicate("of", "knows")
        self.add(self.node(depth + 1), predicate, node)

    def _by(self, node: Term, depth: int) -> None:
        predicate = self.predicate("by", "by")
        self.sign("{")
        start, end = self.key("ex:k")
        self.sign("{")
        value: Term = [f"<{EX}k>", start, end]
        self._text(value, depth)
        self.sign("}")
        self.sign("}")
        self.add(node, predicate, value)

    def _items(self, node: Term, depth: int) -> None:
        predicate = self.predicate("items", "items")
        self.put(self.random.choice(SPACES))
        start = self.length
        items = self.array(lambda: self.node(depth + 1) if self.random.random() < 0.5 else self._item())
        self._cells(node, predicate, start, items)

    def _list(self, node: Term, _: int) -> None:
        predicate = self.predicate("ex:list", "list")
        start = self.sign("{")
        self.key("@list")
        self._cells(node, predicate, start, self.array(self._item))
        self.sign("}")

    def _item(self) -> Term:
        text = self.random.choice(TEXTS)
        return [keys.literal(text), *self.string(text)]

    def _cells(self, node: Term, predicate: Term, start: int, items: list) -> None:
        start += len(self.text[start:]) - len(self.text[start:].lstrip())
        nil = f"<{RDF}nil>"
        self.add(node, predicate, ["_" if items else nil, start, start + 1])
        for number, item in enumerate(items):
            place = item[1:]
            cell = ["_", *place]
            self.add(cell, [f"<{RDF}first>", *place], item)
            last = number + 1 == len(items)
            self.add(cell, [f"<{RDF}rest>", *place], [nil if last else "_", *place])
