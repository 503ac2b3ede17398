"""From a term as written to its number: prefixes, base, escapes, datatypes, blank nodes' labels.

Knows terms without brackets and the space between them.
"""

from __future__ import annotations

import re

from amcc_kg.syntax.reading import grammar
from amcc_kg.syntax.reading.problems import Wrong, no_term, shown
from amcc_kg.syntax.reading.source import Source
from amcc_kg.terms import iris, keys
from amcc_kg.terms.prefixes import PREFIXES, RDF, XSD
from amcc_kg.terms.spelling import nearest

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))")
_LOCAL_ESCAPE = re.compile(r"\\(.)")
_ECHARS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
# So many prefixes that are not declared are noted and read over; then each ends its statement.
_MANY = 100
is_language = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*").fullmatch
_PLAIN_LABEL = re.compile(r"\w(?:[\w.-]*[\w-])?").fullmatch
_TYPE = f"<{RDF}type>"

MAX_NESTED = 100
"""Triple terms within triple terms: each is spelt out in the one around it, and many would cost a square."""


class Tokens:
    """What a term means at the present place of a file; `seen` has the numbers of those as written before."""

    __slots__ = ("_anonymous", "_scope", "_source", "_tags", "_undeclared", "seen")

    def __init__(self, source: Source, scope: str) -> None:
        """Take terms for a source; `scope` is what the labels of its blank nodes begin with."""
        # Emptied when a prefix or the base changes.
        self.seen: dict[str, int] = {}
        self._source, self._scope = source, scope
        self._anonymous = 0
        self._undeclared: set[str] = set()
        self._tags: dict[str, str] = {}

    def declare(self, prefix: str, namespace: str) -> None:
        """Let a prefix stand for a namespace from here on."""
        before = self._source.prefixes.get(prefix)
        if before != namespace and (before is not None or prefix in self._undeclared):
            self.seen.clear()
        self._undeclared.discard(prefix)
        self._source.prefixes[prefix] = namespace

    def rebase(self, base: str) -> None:
        """Let relative IRIs stand against another base from here on."""
        if base != self._source.base:
            self.seen.clear()
        self._source.base = base

    def anonymous(self) -> int:
        """Return the number of a new blank node."""
        self._anonymous += 1
        return self._source.terms.intern(f"_:{self._scope}b{self._anonymous}")

    def labelled(self, label: str) -> int:
        """Return the number of the blank node of a label, which may hold what a key cannot."""
        if _PLAIN_LABEL(label):
            return self._source.terms.intern(f"_:{self._scope}-{label}")
        number = self.seen.get(f"_:{label}")
        if number is None:
            number = self.seen[f"_:{label}"] = self.anonymous()
        return number

    def number(self, written: str, at: int) -> int:
        """Return the number of a term as it is written; raises `Wrong` if it means nothing."""
        number = self.seen.get(written)
        if number is None:
            number = self.seen[written] = self._source.terms.intern(self._key(written, at))
        return number

    def triple_term(self, subject: int, predicate: int, value: int) -> int:
        """Return the number of a triple term by those of its parts."""
        names = self._source.terms.keys
        term = keys.triple_term(names[subject], names[predicate], names[value])
        return self._source.terms.intern(term)

    def iri(self, written: str, at: int) -> str:
        """Return the IRI that `<…>` stands for."""
        text = written[1:-1]
        if "\\" in text:
            text = unescape(text, at + 1)
            if found := iris.forbidden(text):
                message = f"an IRI cannot hold the character U+{ord(found[0]):04X}, not even escaped"
                raise Wrong(at, at + len(written), message)
        return iris.resolve(text, self._source.base) if self._source.base else text

    def _key(self, written: str, at: int) -> str:
        first = written[0]
        if first in "\"'":
            return self._literal(written, at)
        if first == "<":
            text = self.iri(written, at)
            # The very text again where it can be: then one string serves as both.
            return written if text == written[1:-1] else f"<{text}>"
        if first == "_":
            check_name(written, False, at)
            return f"_:{self._scope}-{written[2:]}"
        if written == "a":
            return _TYPE
        if first in "+-.0123456789":
            kind = "integer" if written.lstrip("+-").isdigit() else "decimal"
            return f'"{written}"^^<{XSD}{"double" if "e" in written.lower() else kind}>'
        if written in ("true", "false"):
            return f'"{written}"^^<{XSD}boolean>'
        return f"<{self._name(written, at)}>"

    def _name(self, written: str, at: int) -> str:
        check_name(written, True, at)
        prefix, _, local = written.partition(":")
        if "\\" in local:
            local = _LOCAL_ESCAPE.sub(r"\1", local)
        namespace = self._source.prefixes.get(prefix)
        if namespace is None:
            if prefix not in self._undeclared:
                wrong = self._undeclared_prefix(prefix, at)
                if len(self._undeclared) >= _MANY:
                    raise wrong
                self._undeclared.add(prefix)
                self._source.report(wrong)
            return written
        return namespace + local

    def _undeclared_prefix(self, prefix: str, at: int) -> Wrong:
        name = shown(prefix)
        near = nearest(prefix, self._source.prefixes).removeprefix("; ")
        known = PREFIXES.get(prefix)
        hint = f"add `@prefix {name}: <{known or '…'}> .`"
        if near and known is None:
            hint = near.replace("'", "`").replace("`?", ":`?") + f" Else {hint}"
        return Wrong(at, at + len(prefix) + 1, f"the prefix `{name}:` is not declared", hint)

    def _literal(self, written: str, at: int) -> str:
        quote = written[0]
        # Neither language nor datatype holds a double quote; a datatype's name may hold an apostrophe.
        end = written.rindex('"') + 1 if quote == '"' else _string_end(written)
        suffix = self._suffix(written[end:], at + end)
        width = 3 if written.startswith(quote * 3) and end >= 6 else 1
        if "\\" not in written and width == 1 and quote == '"':
            return written if suffix == written[end:] else written[:end] + suffix
        text = written[width : end - width]
        if "\\" in text:
            text = unescape(text, at + width)
        return keys.literal(text) + suffix

    def _suffix(self, written: str, at: int) -> str:
        """Return language or datatype as a key has them."""
        if not written:
            return ""
        if written[0] == "@":
            tag = self._tags.get(written)
            if tag is None:
                tag = self._tags[written] = _tag(written, at)
            return tag
        name = written[2:]
        kind = self.iri(name, at + 2) if name[0] == "<" else self._name(name, at + 2)
        return "" if kind == f"{XSD}string" else f"^^<{kind}>"


def too_deep(at: int) -> Wrong:
    """Return the mistake of one triple term too many within each other."""
    return Wrong(at, at + 3, f"more than {MAX_NESTED} triple terms within each other")


def space(text: str, at: int) -> int:
    """Return where the white space and the comments at an offset end."""
    match = grammar.skip(text, at)
    return match.end() if match else at


def plain_term(text: str, at: int) -> tuple[str, int]:
    """Return the object at an offset, which is no bracket, as it is written, and where it ends.

    White space may stand between the parts of a literal; without it the same term is the same text.
    """
    match = grammar.string(text, at)
    if match is None:
        match = grammar.plain_object(text, at)
        if match is None:
            raise no_term(text, at, "an object")
    elif tag := grammar.language(text, match.end()):
        return match[0] + tag[1], tag.end()
    elif sign := grammar.datatype(text, match.end()):
        kind = grammar.named(text, sign.end())
        if kind is None:
            raise no_term(text, sign.end(), "a datatype after `^^`")
        return f"{match[0]}^^{kind[0]}", kind.end()
    return match[0], match.end()


def _string_end(written: str) -> int:
    match = grammar.string(written)
    assert match is not None  # the parsers found it by this pattern
    return match.end()


def check_name(written: str, prefixed: bool, at: int) -> None:
    """Raise `Wrong` if a prefixed name, a prefix with its colon or a blank node holds a wrong character."""
    if written.isascii():
        return
    wrong = grammar.wrong_character(written, prefixed)
    if wrong is not None:
        character = written[wrong]
        message = f"the character `{shown(character)}` (U+{ord(character):04X}) cannot stand here in a name"
        raise Wrong(at + wrong, at + wrong + 1, message)


def _tag(written: str, at: int) -> str:
    """Return language and base direction as a key has them; raises `Wrong` if they are none.

    RDF 1.2 Concepts, "Literals": the tag is well-formed by BCP 47, the direction is `ltr` or `rtl`.
    """
    tag, sign, direction = written.partition("--")
    if sign and direction not in ("ltr", "rtl"):
        message = f"the base direction `{direction}` is neither `ltr` nor `rtl`"
        raise Wrong(at + len(tag) + 2, at + len(written), message)
    if any(len(subtag) > 8 for subtag in tag[1:].split("-")):
        message = f"the language tag `{shown(tag[1:])}` has more than 8 characters between two hyphens"
        raise Wrong(at, at + len(tag), message)
    return tag.lower() + sign + direction


def unescape(text: str, at: int) -> str:
    """Return what a text with escapes means that begins at an offset; raises `Wrong` if one means nothing."""

    def meant(found: re.Match[str]) -> str:
        if code := found[1] or found[2]:
            point = int(code, 16)
            if point < 0x110000 and not 0xD800 <= point < 0xE000:
                return chr(point)
            problem = f"`{found[0]}` is no character"
        elif found[3] in _ECHARS:
            return _ECHARS[found[3]]
        else:
            problem = f"`{shown(found[0])}` is no escape; a backslash itself is written `\\\\`"
        raise Wrong(at + found.start(), at + found.end(), problem)

    return _ESCAPE.sub(meant, text)
