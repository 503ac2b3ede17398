"""Receipts as people read them: numbered notes below a table, footnotes, one sentence for each row.

Knows how an answer is shown; the forms for programs are in `formats` and `rdf`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyoxigraph import Literal, NamedNode

from amcc_kg.graph import answers
from amcc_kg.graph.answers import ASK, GRAPH, SELECT, Result, Term
from amcc_kg.graph.receipt import Leaf, Receipt, absent_from, file_name, short
from amcc_kg.receipts.writing import english
from amcc_kg.repository.citations import Citation
from amcc_kg.terms import prefixes

_LISTED = 12  # statements, and passages of the rest, that a table lists; other formats list them all
_SPOKEN = 3  # passages that a sentence names; the evidence has them all


class _Notes:
    """Numbers for passages and files, given when they are first mentioned."""

    def __init__(self, mark: str = "[{}]") -> None:
        self.texts: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._mark = mark

    def marks(self, receipt: Receipt, leaves: Sequence[Leaf]) -> str:
        """Return the marks of the notes for some leaves of a receipt: passages, or files if none says so."""
        cited = {citation.passage: citation for citation in receipt.passages}
        for leaf in leaves:
            for key in leaf.passages or leaf.files:
                if key not in self._numbers:
                    self._numbers[key] = len(self._numbers) + 1
                    self.texts[key] = str(cited[key]) if key in cited else file_name(key)
        used = {self._numbers[key] for leaf in leaves for key in leaf.passages or leaf.files}
        return " ".join(self._mark.format(number) for number in sorted(used))


def table(answer: Result, receipts: Sequence[Receipt], width: int | None = None) -> str:
    """Return the table of an answer, then what each row rests on, then the words of the passages."""
    notes = _Notes()
    lines = []
    for number, receipt in enumerate(receipts, start=1):
        lines.append("the answer" if answer.kind == ASK else f"row {number}" if len(answer) else "no rows")
        lines += [f"    {line}" for line in (*_stated(receipt, notes), *receipt.notes())]
    block = [*lines, *([""] if notes.texts else [])]
    block += [f"[{n}] {text}" for n, text in enumerate(notes.texts.values(), start=1)]
    block += [f"\n{line}" for line in absent_from(receipts)]
    return f"{answers.write(answer, 'table', width=width)}\n" + "".join(f"{line}\n" for line in block)


def markdown(answer: Result, receipts: Sequence[Receipt]) -> str:
    """Return the Markdown table of an answer with a column of footnotes, and the footnotes below it."""
    notes = _Notes("[^{}]")
    head, rule, *rows = answers.write(answer, "markdown").splitlines()
    lines = [f"{head} evidence |", f"{rule} --- |"]
    if not rows:
        lines += [f"\n{answers.escaped(note)}" for receipt in receipts for note in receipt.notes()]
    for row, receipt in zip(rows, receipts, strict=bool(rows)):
        marks = notes.marks(receipt, receipt.leaves)
        said = "; ".join(answers.escaped(note) for note in receipt.notes())
        lines.append(f"{row} {' '.join(part for part in (marks, said) if part)} |")
    lines += [f"\n{line}" for line in absent_from(receipts)]
    lines += [f"\n[^{n}]: {answers.escaped(text)}" for n, text in enumerate(notes.texts.values(), start=1)]
    return "".join(f"{line}\n" for line in lines)


def because(
    answer: Result,
    receipts: Sequence[Receipt],
    label: Callable[[str], str],
    matched: frozenset[str],
    width: int | None = None,
) -> str:
    """Return the table of an answer and one sentence for each row: who says so, and where.

    `label` gives what people call a thing, by its IRI; `matched` are the columns that are found in the graph
    and not made by the query.
    """
    rows = [tuple(row) for row in answer] or [()] * len(receipts)
    made = answer.kind == SELECT and not matched.issuperset(answer.columns)
    spoken = "".join(
        f"{_said(answer, row, receipt, label)}: {_reason(answer, row, receipt, made)}.\n"
        for row, receipt in zip(rows, receipts, strict=True)
    )
    version = "".join(f"\n{line}\n" for line in absent_from(receipts))
    return f"{answers.write(answer, 'table', width=width)}\n{spoken}{version}"


def _stated(receipt: Receipt, notes: _Notes) -> list[str]:
    """Return a line for each triple with the notes that state it, what passages state first."""
    leaves = sorted(receipt.leaves, key=lambda leaf: not leaf.passages)
    shown = leaves if len(leaves) <= _LISTED else leaves[: _LISTED - 1]
    lines = [f"{leaf.spelt}  {notes.marks(receipt, [leaf])}".rstrip() for leaf in shown]
    if rest := leaves[len(shown) :]:
        cited = list(dict.fromkeys(key for leaf in rest for key in leaf.passages or leaf.files))
        named = [leaf for leaf in rest if set(leaf.passages or leaf.files) <= set(cited[:_LISTED])]
        more = f" and {len(cited) - _LISTED} more" if len(cited) > _LISTED else ""
        lines.append(f"and {len(rest)} more statements  {notes.marks(receipt, named)}{more}")
    return lines


def _said(answer: Result, row: tuple[Term | None, ...], receipt: Receipt, label: Callable[[str], str]) -> str:
    """Return a row in words: its texts, and the labels of its things where no text of the row is one."""
    if answer.kind == ASK:
        return "yes" if answer.boolean else "no"
    if not answer.cells:
        return "no rows"
    if answer.kind == GRAPH:  # three places, none of which can be done without
        return " ".join(_word(term, label) for term in row)
    cited = {citation.passage for citation in receipt.passages}
    words = [term.value if isinstance(term, Literal) else "" for term in row]
    for index, term in enumerate(row):
        if isinstance(term, NamedNode) and term.value not in cited:
            name = label(term.value)
            words[index] = name if name not in words else ""
        elif not isinstance(term, (Literal, NamedNode)):
            words[index] = answers.display(term)
    # A row that only names what is cited for it is called by that.
    said = [word for word in words if word.strip()] or [
        _word(term, label) for term in row if term is not None
    ]
    return ", ".join(" ".join(word.split()) for word in said) or "this row"


def _word(term: Term | None, label: Callable[[str], str]) -> str:
    """Return what people call a term; a text without a letter as Turtle writes it."""
    text = label(term.value) if isinstance(term, NamedNode) else answers.display(term)
    return " ".join(text.split()) or str(term)


def _reason(answer: Result, row: tuple[Term | None, ...], receipt: Receipt, made: bool) -> str:
    named = [getattr(term, "value", None) for term in row]
    weight = {c.passage: sum(c.passage in leaf.passages for leaf in receipt.leaves) for c in receipt.passages}
    # First the passages that the row itself names, then those that state most of it.
    cited = sorted(receipt.passages, key=lambda c: (c.passage not in named, -weight[c.passage], c.passage))
    made = made or _is_made(answer, row, receipt)
    spoken = [_spoken(citation, says=made) for citation in cited[:_SPOKEN]]
    if len(cited) > _SPOKEN:
        rest = len(cited) - _SPOKEN
        says = (" says" if rest == 1 else " say") * made
        spoken.append(f"{rest} more passage{'s' * (rest > 1)}{says}")
    # Not what a passage says, too: nobody is made to say what stands in a register.
    names = (file_name(graph).removesuffix(": identity") for graph in receipt.files)
    files = " and ".join(name.replace("ontology: ", "ontology ") for name in names)
    if made:
        spoken += [f"stands in {files}"] * bool(files)
    elif files:
        spoken.append(f"{'the rest ' * bool(spoken)}as it stands in {files}")
    parts = []
    if spoken:
        of = "; of what ".join(spoken) if made else "; ".join(spoken)
        so = "" if len(spoken) == 1 and files else "so "
        parts.append(f"the query makes this of what {of}" if made else f"{so}{of}")
    if receipt.inferred:
        parts.append("inferred from that by the ontology")
    parts += [str(absence) for absence in receipt.absences]
    parts += [short(remark) for remark in receipt.remarks]
    parts += [f"this could not be followed: {gap}" for gap in receipt.gaps]
    return "; ".join(parts) or "the query itself gives this"


def _is_made(answer: Result, row: tuple[Term | None, ...], receipt: Receipt) -> bool:
    """Tell whether something in a row is in no statement that it rests on, so that no source said it."""
    stated = (*receipt.triples, *receipt.inferred)
    if answer.kind == GRAPH:
        return row not in {tuple(triple) for triple in stated}
    terms = {term for triple in stated for term in triple}
    terms.update(NamedNode(graph) for leaf in receipt.leaves for graph in (*leaf.passages, *leaf.files))
    terms.update([NamedNode(prefixes.INFERRED_GRAPH)] if receipt.inferred else [])
    return any(term is not None and term not in terms for term in row)


def _spoken(citation: Citation, *, says: bool) -> str:
    who = f"{' and '.join(map(english.speaker, citation.speakers))} in " if citation.speakers else ""
    words = " … ".join(f"“{quote}”" for quote in citation.quotes)
    verb = (" say" if english.are_several(citation.speakers) else " says") if says else ""
    place, title = english.place(citation.place), english.title(citation.title)
    return f"{who}{place} of {title}{verb}{f': {words}' if words else ''}"
