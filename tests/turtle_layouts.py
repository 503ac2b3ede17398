"""Random RDF documents in random layouts, with the statements that they make and where each stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
NAMESPACES = (
    "http://example.org/a#",
    "http://example.org/b/",
    "urn:x:",
    "http://example.org/é/",
    "http://example.org/base/dir/",
)
BASES = ("http://example.org/base/dir/", "http://example.org/b/file", "http://example.org/é/x#y")
LOCALS = (
    "a",
    "B",
    "x1",
    "1x",
    "_u",
    "a-b",
    "a.b",
    "a..b",
    "é",
    "漢字",
    "𐐀",
    "a:b",
    "a'b",
    "a,b",
    "%41b",
    "a%2C",
    "",
)
PREFIXES = ("", "ex", "p.q", "é", "a", "e-1")
LABELS = ("a", "b1", "1", "x.y", "é", "_")
TEXTS = (
    "",
    "plain",
    'a "quoted" text',
    "it's",
    "two\nlines",
    "\r\n",
    "tab\there",
    "back\\slash",
    "'''",
    '"""',
    "ends with '",
    'ends with "',
    "é漢𐐀",
    "a . b ; c , d ] } ) > #",
    "\\u0041",
    "\x01\x7f",
)
SHORTHAND = (
    ("1", "integer"), ("-01", "integer"), ("+7", "integer"), ("1.50", "decimal"), ("1e3", "double"),
    ("1.E-3", "double"), (".1e+0", "double"), ("true", "boolean"), ("false", "boolean"), (".5", "decimal"),
    ("-.0", "decimal"),
)  # fmt: skip
SPACES = (" ", " ", " ", "\n", "\r\n", "\t", "  ", "\n\n    ", " # comment . \" ' [ <x> ( \n", "#\r\n", "\r")


@dataclass(frozen=True, slots=True)
class Written:
    """A term and the text that stands for it; the text of an implied term is that of what implies it."""

    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    subject: Written
    predicate: Written
    object: Written
    graph: str | None


@dataclass
class Writer:
    """Writes one document; `statements` are in the order in which a reader meets their objects."""

    random: Random
    trig: bool = False
    rdf12: bool = False
    for_oxigraph: bool = False  # without what it mistakes; tests/syntax/test_positions.py has the list
    quotes: tuple[str, ...] = ('"', "'", '"""', "'''")
    spaces: tuple[str, ...] = SPACES
    shorthand: tuple[tuple[str, str], ...] = SHORTHAND
    parts: list[str] = field(default_factory=list)
    size: int = 0
    statements: list[Statement] = field(default_factory=list)
    prefixes: dict[str, str] = field(default_factory=dict)
    base: str = "http://example.org/file"
    graph: str | None = None
    anonymous: int = 0
    depth: int = 0

    def document(self) -> str:
        for _ in range(self.random.randint(1, 6)):
            kind = self.random.randrange(4)
            if kind == 0:
                self.directive()
            elif kind == 1 and self.trig:
                self.graph_block()
            else:
                self.triples()
                self.sign(".")
        return "".join(self.parts)

    def put(self, text: str) -> tuple[int, int]:
        start = self.size
        self.parts.append(text)
        self.size += len(text)
        return start, self.size

    def space(self) -> None:
        self.put(self.random.choice(self.spaces))

    def gap(self) -> None:
        """Put space, or none where what stands before it ends by itself."""
        if self.random.random() < 0.7 or "".join(self.parts[-1:])[-1:] not in "<>\"'()[]{},;":
            self.space()

    def sign(self, text: str) -> None:
        self.gap()
        self.put(text)
        if self.random.random() < 0.7 or text == ".":
            self.space()

    def directive(self) -> None:
        choice = self.random.choice
        if self.rdf12 and self.random.random() < 0.2:
            word = choice(("@version", "VERSION", "version"))
            self.put(word)
            self.gap()
            self.put(choice(('"1.2"', "'1.2-basic'")))
            if word.startswith("@"):
                self.sign(".")
            self.space()
            return
        if self.random.random() < 0.3:
            self.base = choice(BASES)
            words, iri = ("@base", "BASE", "base"), self.base
            word = choice(words)
            self.put(word)
            self.space()
        else:
            prefix, iri = choice(PREFIXES), choice(NAMESPACES)
            self.prefixes[prefix] = iri
            word = choice(("@prefix", "@prefix", "PREFIX", "Prefix"))
            self.put(word)
            self.space()
            self.put(f"{prefix}:")
            self.space()
        self.put(f"<{iri}>")
        if word.startswith("@"):
            self.sign(".")
        self.space()

    def graph_block(self) -> None:
        if self.random.random() < 0.8:
            if self.random.random() < 0.5:
                self.put(self.random.choice(("GRAPH", "graph")))
                self.space()
            self.graph = self.resource().key
        self.sign("{")
        for n in range(self.random.randint(0, 2)):
            if n:
                self.sign(".")
            self.triples()
            self.space()
        self.sign("}")
        self.graph = None

    def triples(self) -> None:
        kind = self.random.randrange(8)
        if kind == 0:
            subject = self.bracket()
            if self.random.random() < 0.3:
                return
        elif kind == 1:
            subject = self.collection()
        elif kind == 2:
            subject = self.empty_bracket()
        elif kind == 3 and self.rdf12:
            subject = self.reified()
            if self.random.random() < 0.3 and not self.for_oxigraph:
                return
        else:
            subject = self.resource()
        self.space()
        self.predicates(subject)

    def predicates(self, subject: Written) -> None:
        count = self.random.randint(1, 3)
        for n in range(count):
            if n:
                for _ in range(self.random.choice((1, 1, 1, 2))):
                    self.sign(";")
                self.space()
            predicate = self.verb()
            self.gap()
            for m in range(self.random.choice((1, 1, 2))):
                if m:
                    self.sign(",")
                    self.space()
                written = self.object(subject, predicate)
                if self.rdf12 and self.depth < 3 and self.random.random() < 0.3:
                    self.annotations(subject, predicate, written)
        if self.random.random() < 0.2:
            self.sign(";")

    def object(self, subject: Written, predicate: Written, in_list: bool = False) -> Written:
        # An object's statement comes before those inside of it, whose end is not known yet.
        at = len(self.statements)
        kind = self.random.randrange(8) if self.depth < 4 else 7
        self.depth += 1
        if kind == 0:
            written = self.bracket()
        elif kind == 1:
            written = self.collection()
        elif kind == 2:
            written = self.empty_bracket()
        elif kind < 5:
            written = self.literal()
        elif kind == 5 and self.rdf12:
            written = self.triple_term()
        elif kind == 6 and self.rdf12 and not in_list:
            written = self.reified()
            at = len(self.statements)  # its reifier may be named at its end only
        else:
            written = self.resource()
        self.depth -= 1
        self.statements.insert(at, Statement(subject, predicate, written, self.graph))
        return written

    def name(self) -> Written:
        return self.empty_bracket() if self.random.random() < 0.2 else self.resource()

    def one_triple(self, deeper: tuple[Callable[[], Written], ...], subjects: bool) -> str:
        """Write what stands between `<<` and `>>` and return the key of the triple term."""

        def part(others: tuple[Callable[[], Written], ...]) -> str:
            self.depth += 1
            quotes, self.quotes = self.quotes, self.quotes[: 2 if self.for_oxigraph else 4]
            usual = self.depth > 3 or self.random.random() < 0.7
            key = self.random.choice((self.name, *others[:1]) if usual else others or (self.name,))().key
            self.depth -= 1
            self.quotes = quotes
            return key

        self.gap()
        subject = part((self.name, *deeper[1:]) if subjects else ())
        self.space()
        predicate = self.verb().key
        self.gap()
        value = part((self.literal, *deeper))
        self.gap()
        return f"<<( {subject} {predicate} {value} )>>"

    def triple_term(self) -> Written:
        start, _ = self.put("<<(")
        key = self.one_triple((self.triple_term,), False)
        return Written(key, start, self.put(")>>")[1])

    def reified(self) -> Written:
        start, _ = self.put("<<")
        term = self.one_triple((self.triple_term, self.reified), True)
        named = self.named_reifier(*self.put("~")) if self.random.random() < 0.5 else None
        self.gap()
        reifier = named.key if named else self.new_blank()
        end = self.put(">>")[1]
        self.reify(named or Written(reifier, start, end), term, (start, end))
        return Written(reifier, start, end)

    def named_reifier(self, start: int, end: int) -> Written:
        if self.random.random() < 0.3:
            return Written(self.new_blank(), start, end)
        self.gap()
        return self.resource() if self.for_oxigraph else self.name()

    def reify(self, node: Written, term: str, span: tuple[int, int], at: int | None = None) -> None:
        statement = Statement(node, Written(f"<{RDF}reifies>", *span), Written(term, *span), self.graph)
        self.statements.insert(len(self.statements) if at is None else at, statement)

    def annotations(self, subject: Written, predicate: Written, value: Written) -> None:
        term = f"<<( {subject.key} {predicate.key} {value.key} )>>"
        named, taken = None, False
        for _ in range(self.random.randint(1, 3)):
            self.gap()
            if self.random.random() < 0.5 or (taken and self.for_oxigraph):
                span = self.put("~")
                named = self.named_reifier(*span)
                self.reify(named, term, span)
                continue
            at = len(self.statements)
            start, _ = self.put("{|")
            node = named or Written(self.new_blank(), start, -1)
            self.space()
            self.depth += 1
            self.predicates(node)
            self.depth -= 1
            self.space()
            end = self.put("|}")[1]
            if named is None:
                self.close(at, node, end)
                self.reify(Written(node.key, start, end), term, (start, end), at)
            named, taken = None, named is not None

    def new_blank(self) -> str:
        self.anonymous += 1
        return f"_:f0b{self.anonymous}"

    def empty_bracket(self) -> Written:
        key = self.new_blank()
        start, _ = self.put("[")
        if self.random.random() < 0.5:
            self.space()
        return Written(key, start, self.put("]")[1])

    def bracket(self) -> Written:
        key = self.new_blank()
        at = len(self.statements)
        start, _ = self.put("[")
        self.space()
        self.predicates(Written(key, start, -1))
        self.space()
        return self.close(at, Written(key, start, -1), self.put("]")[1])

    def close(self, at: int, opened: Written, end: int) -> Written:
        """Give a subject its end, now that it is known, in the statements behind an index."""
        written = Written(opened.key, opened.start, end)
        for n in range(at, len(self.statements)):
            s = self.statements[n]
            if s.subject == opened:
                self.statements[n] = Statement(written, s.predicate, s.object, s.graph)
        return written

    def collection(self) -> Written:
        start, _ = self.put("(")
        count = self.random.randint(0, 3)
        self.space()
        if not count:
            return Written(f"<{RDF}nil>", start, self.put(")")[1])
        items: list[tuple[str, int, int]] = []
        at = len(self.statements)
        for n in range(count):
            cell = self.new_blank()
            holder = Written(cell, self.size, self.size)
            item = self.object(holder, Written(f"<{RDF}first>", self.size, self.size), in_list=True)
            items.append((cell, holder.start, item.end))
            if n < count - 1:
                self.space()
        self.space()
        end_start, end = self.put(")")
        self._place_items(at, items, Written(items[0][0], start, end), Written(f"<{RDF}nil>", end_start, end))
        return Written(items[0][0], start, end)

    def _place_items(self, at: int, items: list[tuple[str, int, int]], whole: Written, nil: Written) -> None:
        """Give the cells their places, and add what leads from each to the next."""
        cells = {key: Written(key, start, end) for key, start, end in items}
        cells[items[0][0]] = whole
        placed: list[Statement] = []
        order = [key for key, _, _ in items]
        for s in self.statements[at:]:
            cell = cells.get(s.subject.key)
            if cell is None or s.predicate.key != f"<{RDF}first>" or s.subject.start != s.subject.end:
                placed.append(s)
                continue
            n = order.index(s.subject.key)
            if n:
                verb = Written(f"<{RDF}rest>", s.object.start, s.object.end)
                target = Written(cell.key, s.object.start, s.object.end)
                placed.append(Statement(cells[order[n - 1]], verb, target, s.graph))
            verb = Written(s.predicate.key, s.object.start, s.object.end)
            placed.append(Statement(cell, verb, s.object, s.graph))
        rest = Written(f"<{RDF}rest>", nil.start, nil.end)
        placed.append(Statement(cells[order[-1]], rest, nil, self.graph))
        self.statements[at:] = placed

    def verb(self) -> Written:
        if self.random.random() < 0.2:
            return Written(f"<{RDF}type>", *self.put("a"))
        return self.iri()

    def resource(self) -> Written:
        if self.random.random() < 0.2:
            label = self.random.choice(LABELS)
            return Written(f"_:f0-{label}", *self.put(f"_:{label}"))
        return self.iri()

    def iri(self) -> Written:
        value = self.random.choice(NAMESPACES) + self.random.choice(LOCALS)
        return Written(f"<{value}>", *self.put(self.spelled_iri(value)))

    def spelled_iri(self, value: str) -> str:
        ways = [f"<{value}>", "<" + "".join(self.coded(c) for c in value) + ">"]
        for prefix, namespace in self.prefixes.items():
            if value.startswith(namespace):
                ways += [f"{prefix}:{self.local(value[len(namespace) :])}"] * 3
        folder = self.base[: self.base.rindex("/") + 1]
        # A colon in the first segment would make a scheme of it.
        if value.startswith(folder) and len(value) > len(folder) and ":" not in value[len(folder) :]:
            ways += [f"<{value[len(folder) :]}>"] * 3
        return self.random.choice(ways)

    def local(self, name: str) -> str:
        """Write the local part of a prefixed name, escaping what needs it and some that does not."""
        escaped = "',~!$&()*+;=/?#@" + self.random.choice(("", "", "-", "._-"))
        return "".join(f"\\{c}" if c in escaped else c for c in name)

    def coded(self, character: str) -> str:
        if self.random.random() < 0.9:
            return character
        code = ord(character)
        return f"\\u{code:04X}" if code < 0x10000 and self.random.random() < 0.7 else f"\\U{code:08x}"

    def literal(self) -> Written:
        if self.random.random() < 0.3:
            text, kind = self.random.choice(self.shorthand)
            return Written(f'"{text}"^^<{XSD}{kind}>', *self.put(text))
        text = self.random.choice(TEXTS)
        start, _ = self.put(self.quoted(text))
        key = (
            '"'
            + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
            + '"'
        )
        tail = self.random.randrange(3)
        if tail == 1:
            tag = self.random.choice(("en", "de-AT", "x-Y1"))
            direction = self.random.choice(("", "--ltr", "--rtl")) if self.rdf12 else ""
            self.put(f"@{tag}{direction}")
            key += f"@{tag.lower()}{direction}"
        elif tail == 2:
            datatype = self.random.choice(
                (f"{XSD}string", "http://example.org/a#é", f"{XSD}date", "urn:x:a'b")
            )
            self.put("^^")
            self.put(self.spelled_iri(datatype))
            key += "" if datatype.endswith("#string") else f"^^<{datatype}>"
        return Written(key, start, self.size)

    def quoted(self, text: str) -> str:
        quote = self.random.choice(self.quotes)
        long = len(quote) == 3
        names = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", '"': '\\"', "'": "\\'"}
        spelled = []
        for n, character in enumerate(text):
            last = n == len(text) - 1 or text[n + 1] == character
            if long:
                needed = character == "\\" or (character == quote[0] and last)
            else:
                needed = character in ("\\", "\r", "\n", quote)
            if needed or (character in names and self.random.random() < 0.2):
                spelled.append(names[character])
            elif character in "\r\n\\":
                spelled.append(character)
            else:
                spelled.append(self.coded(character))
        return quote + "".join(spelled) + quote
