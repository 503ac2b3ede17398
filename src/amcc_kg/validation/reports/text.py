"""Text for people, as compilers write it: place, severity, message, rule; the line, a mark, a hint.

Of many findings that break one rule the first are shown, and a table at the end counts all; or they are
grouped by rule or by file. And a finding at length: what the shape asks for in words, what fails it here, and
what would pass. And the words that other formats share: what a finding says in one line, and what a report
leaves out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import fill
from typing import NamedTuple

from amcc_kg.terms.errors import InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.findings.report import RANKS, Finding, Omission, Place, Report, Severity

PLURALS = {Severity.VIOLATION: "violations", Severity.WARNING: "warnings", Severity.INFO: "remarks"}
_REASONS = {
    Omission.LIMIT: ("more finding is not shown", "more findings are not shown"),
    Omission.SEVERITY: ("finding is less grave than asked for", "findings are less grave than asked for"),
    Omission.UNCHANGED: ("finding is older than the change", "findings are older than the change"),
    Omission.KNOWN: ("finding is known", "findings are known"),
}
NOT_COUNTING = tuple(why for why in Omission if why is not Omission.LIMIT)
"""The reasons for which findings are left out that do not count."""
_COLOURS = {Severity.VIOLATION: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}
_WIDEST = 160
_INNER = 4  # results of inner shapes that are shown of each finding
_LINE = 110
_Paint = Callable[[str, str], str]

GROUPS = ("rule", "file")
"""What findings can be grouped by; else they stand file by file without headings."""

MOST = 20
"""How many findings of one rule are shown unless it is told."""

_AT_LENGTH = 10  # of one rule; the others get a line each


def write(report: Report, colour: bool = False, group: str | None = None, most: int = MOST) -> str:
    """Return the findings, a table of the rules where one fails more than once, and a line that counts all.

    They stand file by file in the order of the lines, or as `group` (one of `GROUPS`) says; of each rule at
    most `most`, in each file if they are grouped so.
    """

    def paint(text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if colour else text

    lines = list(_LAYOUTS[group](report.findings, most, paint))
    end = [*shapes_left_out(report), *left_out(report, NOT_COUNTING), counted(report)]
    if more := len(report.omitted(Omission.LIMIT)):
        end.append(f"{more:,} more not shown")
    return "\n".join([*lines, *([] if group == "rule" else _table(report)), *end]) + "\n"


def _by_place(findings: Sequence[Finding], most: int, paint: _Paint) -> Iterator[str]:
    """Yield findings file by file, those without a file first; the first of a rule at length."""
    placed = sorted((f for f in findings if f.file), key=position)
    short = False
    for finding, number, more in _limited([*(f for f in findings if not f.file), *placed], most):
        if short and number <= _AT_LENGTH:
            yield ""
        short = number > _AT_LENGTH or bool(more)
        yield _at_some_length(finding, paint) if number <= _AT_LENGTH else _head(finding, paint)
        if more:
            yield f"and {more:,} more: {rule(finding)}"
    if short:
        yield ""


def _by_rule(findings: Sequence[Finding], most: int, paint: _Paint) -> Iterator[str]:
    """Yield what breaks each rule, the gravest first: one finding at length, and where the others are."""
    for kind in _kinds(findings):
        yield f"{paint(_rule_and_path(kind), '1')}: {_numbered(kind)}"
        if most:
            yield _at_some_length(kind[0], paint).rstrip("\n")
        if also := ", ".join(map(_where, kind[1:most])):
            yield fill(f"also at {also}", _LINE, break_long_words=False, break_on_hyphens=False)
        if (more := len(kind) - most) > 0:
            yield f"and {more:,} more"
        yield ""


def _by_file(findings: Sequence[Finding], most: int, paint: _Paint) -> Iterator[str]:
    """Yield a heading for each file, and below it a line for each finding."""
    for file, group in groupby(sorted(findings, key=position), lambda f: f.file):
        inside = list(group)
        graded = groupby(sorted(inside, key=lambda f: RANKS[f.severity]), lambda f: f.severity)
        counts = (list(some) for _, some in graded)
        yield f"{paint(file or 'no file', '1')}: {', '.join(_numbered(some) for some in counts)}"
        for finding, _, more in _limited(inside, most):
            yield f"  {_head(finding, paint, within=True)}"
            if more:
                yield f"  and {more:,} more: {rule(finding)}"
        yield ""


def _limited(findings: Sequence[Finding], most: int) -> Iterator[tuple[Finding, int, int]]:
    """Yield the first `most` findings of each rule, each numbered, the last with how many more there are."""
    numbers, met = Counter(map(_kind, findings)), Counter[_Kind]()
    for finding in findings:
        kind = _kind(finding)
        met[kind] += 1
        if met[kind] <= most:
            yield finding, met[kind], numbers[kind] - most if met[kind] == most else 0


_LAYOUTS = {None: _by_place, "rule": _by_rule, "file": _by_file}
_Kind = tuple[str, ...]


def _kind(finding: Finding) -> _Kind:
    """Return what findings of one rule have in common; syntax errors are told apart by their files."""
    file = finding.file if finding.is_syntax_error else ""
    constraint = finding.constraint_key or ""
    return finding.severity, finding.source_shape_key, finding.component_key, constraint, file


def _kinds(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings of each rule in the order of their places; the gravest first, then the most."""
    found: dict[_Kind, list[Finding]] = {}
    for finding in findings:
        found.setdefault(_kind(finding), []).append(finding)
    return sorted(found.values(), key=lambda kind: (RANKS[kind[0].severity], -len(kind)))


def _table(report: Report) -> Iterator[str]:
    """Yield the lines of a table: how often each rule fails, and where first; none if none does so twice."""
    kinds = _kinds(report.counting)
    if report.unreadable or all(len(kind) == 1 for kind in kinds):
        return
    rows = [("count", "severity", "rule", "first at")]
    for kind in kinds:
        rows.append((f"{len(kind):,}", str(kind[0].severity), _rule_and_path(kind), _where(kind[0])))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for count, *middle, first in rows:
        cells = [count.rjust(widths[0]), *map(str.ljust, middle, widths[1:]), first]
        yield "  ".join(cells)
    yield ""


def _rule_and_path(kind: Sequence[Finding]) -> str:
    """Return the rule that some findings break, and the path if they have one in common."""
    paths = {finding.path_text for finding in kind}
    path = kind[0].shortened(paths.pop()) if len(paths) == 1 else ""
    return f"{rule(kind[0])}, {path}" if path else rule(kind[0])


def _where(finding: Finding) -> str:
    return finding.where or finding.spelt(finding.focus_key)


def _numbered(some: Sequence[Finding]) -> str:
    """Return how many findings there are, all of them equally grave."""
    words = "syntax errors" if some[0].is_syntax_error else PLURALS[some[0].severity]
    return f"{len(some):,} {words if len(some) != 1 else words[:-1]}"


def counted(report: Report) -> str:
    """Return how many findings there are of each kind."""
    if report.unreadable:
        files = len({f.file for f in report.counting})
        return f"{_numbered(report.counting)} in {files:,} file{'s' * (files != 1)}; nothing was validated"
    counts = [(report.count(s), PLURALS[s] if report.count(s) != 1 else PLURALS[s][:-1]) for s in Severity]
    found = ", ".join(f"{number:,} {word}" for number, word in counts if number)
    files = len({finding.file for finding in report.counting if finding.file})
    where = f" in {files:,} files" if files > 1 else ""
    if not found:
        if report.conforms and report.shapes_left_out:
            return "conforms to the other shapes: nothing to report"
        return "conforms: nothing to report" if report.conforms else "nothing else to report"
    return found + where


def rule(finding: Finding) -> str:
    """Return the shape and the constraint that failed, in short."""
    if finding.is_syntax_error:
        return "syntax"
    name = finding.component_name
    short = name.lower() if name.isupper() else name[:1].lower() + name[1:]
    return " ".join(part for part in (_shape(finding), short) if part)


def told(finding: Finding) -> str:
    """Return the message, the hint, and the focus node where no line shows it."""
    about = "" if finding.file else f" (about {finding.spelt(finding.focus_key)})"
    return finding.message + (f" ({finding.hint})" if finding.hint else "") + about


def quoting(finding: Finding) -> str:
    """Return the words of the source that the finding's file encodes, the empty string if it quotes none."""
    return " … ".join(f"“{quote}”" for quote in finding.quotes)


class Reason(NamedTuple):
    """Something that a finding rests on beside the statement that it names: in a line, or by its parts."""

    line: str
    words: str
    place: Place | None


def reasons(finding: Finding) -> Iterator[Reason]:
    """Yield which inner shapes fail and why, then what else the finding rests on."""
    yield from _details(finding)
    for ground in finding.grounds:
        where = f" ({ground.place.where})" if ground.place else ""
        yield Reason(f"{ground.words}{where}", ground.words, ground.place)


def _details(finding: Finding, margin: str = "") -> Iterator[Reason]:
    """Yield what inner shapes find; its place stands in the line if it is not where the finding stands."""
    for detail in finding.details[:_INNER]:
        words = f"{_one_line(detail.message)} [{rule(detail)}]"
        where = f"{detail.where}: " if detail.place and detail.where != finding.where else ""
        yield Reason(f"{margin}{where}{words}", words, detail.place)
        yield from _details(detail, f"{margin}  ")
    if (more := len(finding.details) - _INNER) > 0:
        words = f"and {more:,} more of the inner shapes"
        yield Reason(f"{margin}{words}", words, None)


def left_out(report: Report, reasons: Iterable[Omission] = tuple(Omission)) -> list[str]:
    """Return a sentence for each of these reasons for which a report leaves findings out."""
    numbers = ((why, len(report.omitted(why))) for why in reasons)
    return [f"{number:,} {_REASONS[why][number != 1]}" for why, number in numbers if number]


def shapes_left_out(report: Report) -> list[str]:
    """Return a sentence that counts the shapes that the verdict is not about, if there are any."""
    number = len(report.shapes_left_out)
    breaks = "shape that breaks SHACL's rules is" if number == 1 else "shapes that break SHACL's rules are"
    return [f"{number:,} {breaks} left out"] if number else []


def position(finding: Finding) -> tuple[str, int, int, tuple[str, ...]]:
    """Return the key by which findings are sorted file by file."""
    return finding.file, finding.line or 0, finding.column or 0, finding.order


def _head(finding: Finding, paint: _Paint, within: bool = False) -> str:
    """Return a finding in a line; `within` a file that the reader knows."""
    word = "error" if finding.is_syntax_error else str(finding.severity)
    severity = paint(word, _COLOURS[finding.severity])
    where = finding.where[len(finding.file) + 1 :] if within and finding.file else finding.where
    about = where or finding.spelt(finding.focus_key)
    return f"{paint(about, '1')}: {severity}: {_one_line(finding.message)} [{rule(finding)}]"


def _at_some_length(finding: Finding, paint: _Paint) -> str:
    return (_placed if finding.file else _paragraph)(finding, paint)


def _placed(finding: Finding, paint: _Paint) -> str:
    margin = " " * (len(str(finding.line)) if finding.place else 1)
    said = []
    if not finding.is_syntax_error:
        about = finding.spelt(finding.focus_key) if finding.focus_key[0] != "_" else "a blank node"
        said.append(f"about {about}{f', {finding.shortened(finding.path_text)}' if finding.route else ''}")
    said += [f'quoting "{quote}"' for quote in finding.quotes]
    said += [reason.line for reason in reasons(finding)]
    if finding.hint:
        said.append(f"{paint('hint', '1')}: {finding.hint}")
    lines = [_head(finding, paint), *_source(finding, paint), *(f" {margin} = {text}" for text in said)]
    return "\n".join(lines) + "\n"


def _source(finding: Finding, paint: _Paint) -> list[str]:
    place = finding.place
    if place is None:
        return []
    # Tabs keep their width under the mark; a very long line is shown from near the mark.
    text, column = finding.excerpt, place.column
    if len(text) > _WIDEST:
        cut = max(0, column - _WIDEST // 2)
        text, column = text[cut : cut + _WIDEST], column - cut
    end = place.end_column - place.column if place.end_line == place.line else len(text) - column + 1
    width = max(1, min(end, len(text) - column + 1))
    before = "".join("\t" if sign == "\t" else " " for sign in text[: column - 1])
    margin = " " * len(str(place.line))
    mark = paint("^" * width, _COLOURS[finding.severity])
    return [f" {place.line} | {text}", f" {margin} | {before}{mark}"]


def _paragraph(finding: Finding, paint: _Paint) -> str:
    head = f"{paint(str(finding.severity), _COLOURS[finding.severity])}: {_one_line(finding.message)}"
    rows = {"at": finding.spelt(finding.focus_key), "path": finding.shortened(finding.path_text)}
    rows["value"] = "" if finding.value_key is None else finding.spelt(finding.value_key)
    rows["rule"] = f"{finding.spelt(finding.component_key)} of {_shape(finding) or 'a shape without a name'}"
    return "\n".join([head, *(f"  {name:6} {text}" for name, text in rows.items() if text)]) + "\n"


def _shape(finding: Finding) -> str:
    return "" if finding.shape_key is None else finding.spelt(finding.shape_key)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def explain(report: Report, wanted: str) -> str:
    """Return the explanation of the findings at `FILE:LINE`, or of a fingerprint or its beginning.

    Raises `InputError` if there is no such finding.
    """
    chosen = [
        (f, identity)
        for f, identity in zip(report.findings, report.identities(), strict=True)
        if wanted in (f"{f.file}:{f.line}", f.where) or (len(wanted) >= 6 and identity.startswith(wanted))
    ]
    if not chosen:
        known = sorted({f"{f.file}:{f.line}" for f in report.findings if f.place})
        raise InputError(f"no finding at {wanted}{nearest(wanted, known)}")
    return "\n".join(_at_length(finding, identity) for finding, identity in chosen)


def _at_length(finding: Finding, identity: str) -> str:
    shape = finding.shape_place
    lines = [f"{_where(finding)}: {rule(finding)}", f"  {finding.message}"]
    if finding.help:
        lines.append(f"  The shape: {finding.shortened(finding.help)}")
    if shape is not None:
        lines.append(f"  It stands at {shape.file}:{shape.line}:{shape.column}")
    lines.append(
        f"  This fails: {finding.excerpt.strip() or finding.spelt(finding.value_key or finding.focus_key)}"
    )
    lines += [f"    {reason.line}" for reason in reasons(finding)]
    lines.append(f"  This passes: {finding.example or 'nothing of the data, nor what was tried'}")
    if finding.hint:
        lines.append(f"  Hint: {finding.hint}")
    lines.append(f"  Fingerprint: {identity}")
    return "\n".join(lines) + "\n"
