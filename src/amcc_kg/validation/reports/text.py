"""Text for people, as compilers write it: place, severity, message, rule; the line, a mark, a hint.

And a finding at length: what the shape asks for in words, what fails it here, and what would pass. And the
words that other formats share: what a finding says in one line, and what a report leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from amcc_kg.terms.errors import InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.advice import shortened, spelt
from amcc_kg.validation.findings.report import Finding, Omission, Report, Severity

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
_Paint = Callable[[str, str], str]


def write(report: Report, colour: bool = False) -> str:
    """Return the findings file by file, in the order of the lines, and a line that counts them."""

    def paint(text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if colour else text

    placed = sorted((f for f in report.findings if f.file), key=position)
    parts = [_paragraph(finding, paint) for finding in report.findings if not finding.file]
    parts += [_placed(finding, paint) for finding in placed]
    end = [*left_out(report, NOT_COUNTING), counted(report)]
    if more := len(report.omitted(Omission.LIMIT)):
        end.append(f"{more} more not shown")
    return "\n".join([*parts, *end]) + "\n"


def counted(report: Report) -> str:
    """Return how many findings there are of each kind."""
    if report.unreadable:
        number, files = len(report.counting), len({f.file for f in report.counting})
        what = "1 syntax error" if number == 1 else f"{number} syntax errors"
        return f"{what} in {files} file{'s' * (files != 1)}; nothing was validated"
    counts = [(report.count(s), PLURALS[s] if report.count(s) != 1 else PLURALS[s][:-1]) for s in Severity]
    found = ", ".join(f"{number} {word}" for number, word in counts if number)
    files = len({finding.file for finding in report.counting if finding.file})
    where = f" in {files} files" if files > 1 else ""
    if not found:
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
    about = "" if finding.file else f" (about {spelt(finding.focus_key)})"
    return finding.message + (f" ({finding.hint})" if finding.hint else "") + about


def quoting(finding: Finding) -> str:
    """Return the words of the source that the finding's file encodes, the empty string if it quotes none."""
    return " … ".join(f"“{quote}”" for quote in finding.quotes)


def left_out(report: Report, reasons: Iterable[Omission] = tuple(Omission)) -> list[str]:
    """Return a sentence for each of these reasons for which a report leaves findings out."""
    numbers = ((why, len(report.omitted(why))) for why in reasons)
    return [f"{number:,} {_REASONS[why][number != 1]}" for why, number in numbers if number]


def position(finding: Finding) -> tuple[str, int, int, tuple[str, ...]]:
    """Return the key by which findings are sorted file by file."""
    return finding.file, finding.line or 0, finding.column or 0, finding.order


def _placed(finding: Finding, paint: _Paint) -> str:
    word = "error" if finding.is_syntax_error else str(finding.severity)
    severity = paint(word, _COLOURS[finding.severity])
    head = f"{paint(finding.where, '1')}: {severity}: {_one_line(finding.message)}"
    margin = " " * (len(str(finding.line)) if finding.place else 1)
    said = []
    if not finding.is_syntax_error:
        about = spelt(finding.focus_key) if finding.focus_key[0] != "_" else "a blank node"
        said.append(f"about {about}{f', {shortened(finding.path_text)}' if finding.route else ''}")
    if finding.place is None:
        said.append("no line is known in a file of this syntax")
    said += [f'quoting "{quote}"' for quote in finding.quotes]
    if finding.hint:
        said.append(f"{paint('hint', '1')}: {finding.hint}")
    lines = [f"{head} [{rule(finding)}]", *_source(finding, paint), *(f" {margin} = {text}" for text in said)]
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
    rows = {"at": spelt(finding.focus_key), "path": shortened(finding.path_text)}
    rows["value"] = "" if finding.value_key is None else spelt(finding.value_key)
    rows["rule"] = f"{spelt(finding.component_key)} of {_shape(finding) or 'a shape without a name'}"
    return "\n".join([head, *(f"  {name:6} {text}" for name, text in rows.items() if text)]) + "\n"


def _shape(finding: Finding) -> str:
    return "" if finding.shape_key is None else spelt(finding.shape_key)


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
    lines = [f"{finding.where or spelt(finding.focus_key)}: {rule(finding)}", f"  {finding.message}"]
    if finding.help:
        lines.append(f"  The shape: {shortened(finding.help)}")
    if shape is not None:
        lines.append(f"  It stands at {shape.file}:{shape.line}:{shape.column}")
    lines.append(f"  This fails: {finding.excerpt.strip() or spelt(finding.value_key or finding.focus_key)}")
    lines.append(f"  This passes: {finding.example or 'nothing of the data, nor what was tried'}")
    if finding.hint:
        lines.append(f"  Hint: {finding.hint}")
    lines.append(f"  Fingerprint: {identity}")
    return "\n".join(lines) + "\n"
