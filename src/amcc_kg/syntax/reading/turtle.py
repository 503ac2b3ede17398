"""Turtle and TriG into columns: a machine of states that keeps its own stack of open brackets.

The state `verbs` takes the common statement in one match; wherever its pattern fails, the other states go
term by term and say what is wrong. After a mistake reading goes on with the next statement.

RDF 1.2 Turtle sections 6 and 7 ("Grammar", "Parsing"), TriG the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from amcc_kg.syntax.reading import grammar
from amcc_kg.syntax.reading.problems import Wrong, after_object, expected, next_statement, no_term, unclosed
from amcc_kg.syntax.reading.source import DEFAULT_GRAPH, Source
from amcc_kg.syntax.reading.tokens import (
    MAX_NESTED,
    Tokens,
    check_name,
    plain_term,
    space,
    too_deep,
    unescape,
)
from amcc_kg.terms.prefixes import RDF

_FULL_STOP = "the declaration before it lacks its full stop"
_KEYWORDS = frozenset(("@prefix", "@base", "@version", "prefix", "base", "version", "graph"))
_CLOSING = {"[": "]", "(": ")", "{|": "|}", "<<": ">>", "<<(": ")>>"}
_ONE_TRIPLE = ("<<", "<<(")

MAX_DEPTH = 10_000
"""Brackets within brackets: more are a mistake or an attack, and would cost memory without end."""

State = Callable[[], Any]
"""Reads on from the present position and returns the next state, or None at the end of the text."""


class Reader:
    """Reads one text once."""

    def __init__(self, source: Source, tokens: Tokens) -> None:
        self.text, self.source, self.tokens = source.text, source, tokens
        self.trig = source.syntax == "trig"
        self.pos = 0
        self.in_graph = False
        # Where the first verb behind a subject or inside a bracket has to stand; behind a subject that may
        # also be the name of a graph, `label` is the same.
        self.fresh = self.label = -1
        self.begun = 0
        self.subject = self.subject_at = self.predicate = self.predicate_at = 0
        # The last object, and what stands behind `~` after it, with its offset, until an annotation takes it.
        self.value = 0
        self.reifier: tuple[int, int] | None = None
        # Open brackets: sign, offset, node (of an annotation the object that it is of), and the four values
        # above from outside them, the first of which is -1 where the bracket itself is a subject.
        self.stack: list[tuple[str, int, int, int, int, int, int]] = []
        intern = source.terms.intern
        self.first, self.rest, self.nil = (intern(f"<{RDF}{name}>") for name in ("first", "rest", "nil"))
        self.reifies = intern(f"<{RDF}reifies>")

    def read(self) -> None:
        """Read all of the text; mistakes go to the source's problems."""
        state: State | None = self.statement
        while state is not None:
            try:
                while state is not None:
                    state = state()
            except Wrong as wrong:
                state = self._recover(wrong)
        if self.in_graph and not self.source.full:
            self.source.report(expected(self.text, len(self.text), "`}` to close the graph"))

    def statement(self) -> State | None:
        """Read what begins a statement: a directive, a graph or a subject."""
        at = self.begun = self.pos = space(self.text, self.pos)
        if at >= len(self.text):
            return None
        sign = self.text[at]
        if sign == "}" and self.in_graph:
            return self._graph(DEFAULT_GRAPH, False)
        if sign == "{" and self.trig and not self.in_graph:
            return self._graph(DEFAULT_GRAPH, True)
        if sign in "[(" or self._at_reified(at):
            return self._open("<<" if sign == "<" else sign, at, as_subject=True)
        if match := grammar.resource(self.text, at):
            self.pos = match.end()
            return self._subject_is(self.tokens.number(match[0], at), at, True)
        return self._keyword(at)

    def verbs(self) -> State | None:
        """Read plain verbs and objects, and whole plain statements, as far as they go."""
        text, number, get = self.text, self.tokens.number, self.tokens.seen.get
        source, stack, match_next = self.source, self.stack, grammar.verb_and_object
        add_s, add_p, add_o = source.s.append, source.p.append, source.o.append
        add_s_at, add_p_at, add_o_at = source.s_at.append, source.p_at.append, source.o_at.append
        s, s_at, pos = self.subject, self.subject_at, self.pos
        while match := match_next(text, pos):
            verb, written, sign = match.groups()
            p = get(verb)
            if p is None:
                p = number(verb, pos)
            o_at = match.start(2)
            o = get(written)
            if o is None:
                o = number(written, o_at)
            add_s(s)
            add_p(p)
            add_o(o)
            add_s_at(s_at)
            add_p_at(pos)
            add_o_at(o_at)
            if sign == ";":
                pos = match.end()
                continue
            self.predicate, self.predicate_at = p, pos
            if sign != "." or stack:
                self.pos, self.value = match.start(3), o
                if sign == "," and self._objects():
                    pos = self.pos
                    continue
                return self.after
            pos = match.end()
            match = grammar.subject(text, pos)
            if match is None:
                self.pos = pos
                return self.statement
            written, s_at = match[1], pos
            found = get(written)
            self.begun = s_at
            s = self.subject = number(written, s_at) if found is None else found
            self.subject_at = s_at
            pos = self.fresh = self.label = match.end()
        self.pos = pos
        return self.verb

    def _objects(self) -> bool:
        """Read plain objects behind commas; tell whether a semicolon came last, and then go behind it."""
        text, number = self.text, self.tokens.number
        s, s_at, p, p_at = self.subject, self.subject_at, self.predicate, self.predicate_at
        pos = self.pos
        while True:
            at = space(self.text, pos + 1)
            match = grammar.next_object(text, at)
            if match is None:
                # Before the comma, for `after` to find it.
                self.pos = pos
                return False
            self.value = number(match[1], at)
            self.source.add(s, s_at, p, p_at, self.value, at)
            pos, sign = match.start(2), match[2]
            if sign != ",":
                self.pos = match.end() if sign == ";" else pos
                return sign == ";"

    def verb(self) -> State:
        """Read a verb, or what may stand in its place."""
        text = self.text
        fresh = self.pos == self.fresh
        at = space(self.text, self.pos)
        while not fresh and text.startswith(";", at):
            at = space(text, at + 1)
        sign = text[at : at + 1]
        if sign == "{" and self.pos == self.label and self.trig and not self.stack and not self.in_graph:
            self.pos = at
            return self._graph(self.subject, True)
        if not fresh and sign and sign in ".]}|":
            self.pos = at
            return self.after
        self._verb(at, "a predicate" if fresh else "another predicate or the end of the statement")
        return self.object

    def _verb(self, at: int, what: str) -> None:
        match = grammar.verb(self.text, at)
        if match is None:
            raise no_term(self.text, at, what, self.trig)
        self.predicate, self.predicate_at = self.tokens.number(match[0], at), at
        self.pos = match.end()

    def object(self) -> State:
        """Read an object, of a statement or in a list."""
        at = space(self.text, self.pos)
        opening = grammar.opening(self.text, at)
        if opening and opening[0] in _CLOSING and opening[0] != "{|":
            return self._open(opening[0], at, as_subject=False)
        written, self.pos = plain_term(self.text, at)
        return self._object_is(self.tokens.number(written, at), at)

    def after(self) -> State:
        """Read what follows an object: an annotation, another, another verb, the end, a closing bracket."""
        if self.stack and self.stack[-1][0] == "(":
            return self.item
        at = self.pos = space(self.text, self.pos)
        sign = self.text[at : at + 1]
        if sign == "~":
            self.reifier = self._reify(at, *self._reifier(at))
            return self.after
        if self.text.startswith("{|", at):
            return self._annotate(at)
        self.reifier = None
        if sign == ";":
            self.pos = space(self.text, at + 1)
            return self.verbs
        if sign == ",":
            self.pos = at + 1
            return self.object
        if self.stack:
            if self.text.startswith(_CLOSING[self.stack[-1][0]], at):
                return self._close(at)
            raise unclosed(self.text, at, self.stack[-1][:2], self.source.lines)
        if sign == ".":
            self.pos = at + 1
            return self.statement
        if sign == "}" and self.in_graph:
            return self._graph(DEFAULT_GRAPH, False)
        raise after_object(self.text, at, self.begun, self.source.lines)

    def item(self) -> State:
        """Read the next item of a list or its end."""
        at = space(self.text, self.pos)
        cell, cell_at = self.subject, self.subject_at
        if self.text.startswith(")", at):
            self.source.add(cell, cell_at, self.rest, at, self.nil, at)
            return self._close(at)
        if at >= len(self.text):
            raise unclosed(self.text, at, self.stack[-1][:2], self.source.lines)
        following = self.tokens.anonymous()
        self.source.add(cell, cell_at, self.rest, at, following, at)
        return self._cell(following, at, at)

    def _cell(self, cell: int, cell_at: int, at: int) -> State:
        """Let the next object be a list's item; the unwritten verb stands where it does."""
        self.subject, self.subject_at = cell, cell_at
        self.predicate, self.predicate_at = self.first, at
        self.pos = at
        return self.object

    def _annotate(self, at: int) -> State:
        """Go into an annotation of the last triple, which speaks of the reifier before it or of a new one."""
        node, node_at = self.reifier or self._reify(at, self.tokens.anonymous(), at)
        self.reifier = None
        outside = (self.subject, self.subject_at, self.predicate, self.predicate_at)
        self._push("{|", at, self.value, outside)
        self.subject, self.subject_at = node, node_at
        self.pos = self.fresh = space(self.text, at + 2)
        return self.verbs

    def _reifier(self, at: int) -> tuple[int, int]:
        """Read `~` and what it names; return number and offset, those of `~` where it names nothing."""
        named = space(self.text, at + 1)
        if grammar.resource(self.text, named) or grammar.anonymous(self.text, named):
            return self._node(named, ""), named
        self.pos = at + 1
        return self.tokens.anonymous(), at

    def _reify(self, at: int, node: int, node_at: int) -> tuple[int, int]:
        """Let a node, which is returned, reify the last triple; the sign at an offset says so."""
        term = self.tokens.triple_term(self.subject, self.predicate, self.value)
        self.source.add(node, node_at, self.reifies, at, term, at)
        return node, node_at

    def _at_reified(self, at: int) -> bool:
        return self.text.startswith("<<", at) and not self.text.startswith("<<(", at)

    def _node(self, at: int, what: str) -> int:
        """Read an IRI or a blank node without anything in it; return its number."""
        if anonymous := grammar.anonymous(self.text, at):
            self.pos = anonymous.end()
            return self.tokens.anonymous()
        resource = grammar.resource(self.text, at)
        if resource is None:
            raise no_term(self.text, at, what, self.trig)
        self.pos = resource.end()
        return self.tokens.number(resource[0], at)

    # Within `<< … >>` and `<<( … )>>`, which hold three terms and no list, annotation or full bracket.

    def inner_subject(self) -> State:
        """Read the subject of a triple that is spoken of."""
        at = space(self.text, self.pos)
        if self.stack[-1][0] == "<<" and self._at_reified(at):
            return self._open("<<", at, as_subject=True)
        self.subject, self.subject_at = self._node(at, "a subject, an IRI or a blank node"), at
        return self.inner_verb

    def inner_verb(self) -> State:
        """Read its verb."""
        self._verb(space(self.text, self.pos), "a predicate")
        return self.inner_object

    def inner_object(self) -> State:
        """Read its object."""
        at = space(self.text, self.pos)
        if self.text.startswith("<<(", at) or (self.stack[-1][0] == "<<" and self._at_reified(at)):
            return self._open("<<(" if self.text.startswith("<<(", at) else "<<", at, as_subject=False)
        if self.text.startswith("[", at):
            self.value = self._node(at, "an object without anything in its brackets")
        else:
            written, self.pos = plain_term(self.text, at)
            self.value = self.tokens.number(written, at)
        return self.inner_end

    def inner_end(self) -> State:
        """Read its end, before which its reifier may stand, and leave it for what is outside."""
        sign, start, *_ = self.stack[-1]
        at = space(self.text, self.pos)
        reifier = None
        if sign == "<<" and self.text.startswith("~", at):
            reifier = self._reifier(at)
            at = space(self.text, self.pos)
        if not self.text.startswith(_CLOSING[sign], at):
            raise unclosed(self.text, at, (sign, start), self.source.lines)
        if sign == "<<(":
            return self._close(at, self.tokens.triple_term(self.subject, self.predicate, self.value))
        return self._close(at, self._reify(start, *(reifier or (self.tokens.anonymous(), start)))[0])

    def _push(self, sign: str, at: int, node: int, outside: tuple[int, int, int, int]) -> None:
        if len(self.stack) >= MAX_DEPTH:
            message = f"more than {MAX_DEPTH} brackets within each other; the rest is not read"
            raise Wrong(at, at + 1, message, resume=len(self.text))
        self.stack.append((sign, at, node, *outside))

    def _open(self, sign: str, at: int, as_subject: bool) -> State:
        if sign in _ONE_TRIPLE:
            if sign == "<<(" and [frame[0] for frame in self.stack[-MAX_NESTED:]] == ["<<("] * MAX_NESTED:
                raise too_deep(at)
            outside = (self.subject, self.subject_at, self.predicate, self.predicate_at)
            self._push(sign, at, 0, (-1, 0, 0, 0) if as_subject else outside)
            self.pos = at + len(sign)
            return self.inner_subject
        inside = space(self.text, at + 1)
        if self.text.startswith(_CLOSING[sign], inside):
            node = self.tokens.anonymous() if sign == "[" else self.nil
            self.pos = inside + 1
            return self._subject_is(node, at, sign == "[") if as_subject else self._object_is(node, at)
        node = self.tokens.anonymous()
        outside = (-1, 0, 0, 0)
        if not as_subject:
            self._object_is(node, at)
            outside = (self.subject, self.subject_at, self.predicate, self.predicate_at)
        self._push(sign, at, node, outside)
        if sign == "(":
            return self._cell(node, at, inside)
        self.subject, self.subject_at = node, at
        self.pos = self.fresh = inside
        return self.verbs

    def _close(self, at: int, term: int = 0) -> State:
        """Leave the innermost bracket for what is outside it; `term` is what it is if it holds one triple."""
        sign, start, node, s, s_at, p, p_at = self.stack.pop()
        self.pos = at + len(_CLOSING[sign])
        self.value = term if sign in _ONE_TRIPLE else node
        if s >= 0:
            self.subject, self.subject_at, self.predicate, self.predicate_at = s, s_at, p, p_at
        if self.stack and self.stack[-1][0] in _ONE_TRIPLE:
            if s >= 0:
                return self.inner_end
            self.subject, self.subject_at = self.value, start
            return self.inner_verb
        if s < 0:
            self._subject_is(self.value, start, False)
            # A bracketed subject may be a statement by itself.
            alone = sign != "(" and self.text.startswith((".", "}"), self.pos)
            return self.after if alone else self.verbs
        return self._object_is(self.value, start) if sign in _ONE_TRIPLE else self.after

    def _subject_is(self, node: int, at: int, label: bool) -> State:
        self.subject, self.subject_at = node, at
        self.pos = self.fresh = space(self.text, self.pos)
        self.label = self.pos if label else -1
        return self.verbs

    def _object_is(self, node: int, at: int) -> State:
        self.value = node
        self.source.add(self.subject, self.subject_at, self.predicate, self.predicate_at, node, at)
        return self.after

    def _graph(self, graph: int, inside: bool) -> State:
        """Go into a graph behind its opening brace, or out of one behind the closing one."""
        self.in_graph = inside
        self.source.enter(graph)
        self.pos += 1
        return self.statement

    def _keyword(self, at: int) -> State:
        """Read a directive, or `GRAPH` and its label."""
        match = grammar.word(self.text, at)
        keyword = match[0].lower() if match else ""
        if match is None or keyword not in _KEYWORDS or (keyword == "graph" and not self.trig):
            raise no_term(self.text, at, "a subject", self.trig)
        if self.in_graph:
            raise Wrong(at, match.end(), f"`{match[0]}` cannot stand inside a graph")
        if keyword == "graph":
            return self._graph(self._graph_label(match.end()), True)
        self.pos = self._directive(match)
        return self.statement

    def _directive(self, word: re.Match[str]) -> int:
        """Obey the directive that begins with `word`; return where it ends."""
        text, keyword = self.text, word[0]
        at = space(text, word.end())
        if keyword.lower().endswith("version"):
            # An announcement that no parser need act on ("Parser State").
            version = grammar.version(text, at)
            if version is None:
                raise expected(text, at, f'a version between quotes after `{keyword}`, such as "1.2"')
            unescape(version[0], at)
            end = version.end()
        elif not keyword.lower().endswith("prefix"):
            namespace, end = self._namespace(at, f"an IRI in `<…>` after `{keyword}`")
            self.tokens.rebase(namespace)
        else:
            name = grammar.prefix(text, at)
            if name is None:
                raise no_term(text, at, f"a prefix and a colon after `{keyword}`")
            check_name(name[0], True, at)
            namespace, end = self._namespace(space(text, name.end()), "the prefix's IRI in `<…>`")
            self.tokens.declare(name[0][:-1], namespace)
        return self._stop(word, end)

    def _namespace(self, at: int, what: str) -> tuple[str, int]:
        match = grammar.iri(self.text, at)
        if match is None:
            raise no_term(self.text, at, what)
        return self.tokens.iri(match[0], at), match.end()

    def _stop(self, word: re.Match[str], at: int) -> int:
        """Read the full stop, which one form has and the other has not; a wrong one is noted and passed."""
        text, keyword, stop = self.text, word[0], space(self.text, at)
        stopped = text.startswith(".", stop)
        wrong = None
        if not keyword.startswith("@"):
            if stopped:
                hint = "only `@prefix`, `@base` and `@version` end with one"
                wrong = expected(text, stop, f"no `.` after `{keyword}`", hint)
        elif not stopped:
            wrong = expected(text, stop, f"`.` after `{keyword}`", _FULL_STOP)
        elif keyword != keyword.lower():
            wrong = expected(text, word.start(), f"`{keyword.lower()}`, in small letters")
        if wrong:
            self.source.report(wrong)
        return stop + stopped

    def _graph_label(self, at: int) -> int:
        """Read what follows `GRAPH`, up to the brace; return the name's number."""
        graph = self._node(space(self.text, at), "the graph's name after `GRAPH`")
        self.pos = space(self.text, self.pos)
        if not self.text.startswith("{", self.pos):
            raise expected(self.text, self.pos, "`{` after the graph's name")
        return graph

    def _recover(self, wrong: Wrong) -> State | None:
        """Note a mistake and find where to go on."""
        self.source.report(wrong)
        if self.source.full:
            return None
        self.stack.clear()
        self.reifier = None
        if wrong.resume is not None and wrong.resume > self.begun:
            self.pos = wrong.resume
        else:
            self.pos = next_statement(self.text, self.begun, wrong.start, self.in_graph)
        return self.statement
