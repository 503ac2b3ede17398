"""`amcc validate`: what is validated, what of it counts, and where each report goes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from amcc_kg.cli.dataset import is_at_hand
from amcc_kg.cli.named_files import SYNTAXES, Named
from amcc_kg.cli.options import Output, Repo, choice, flag, value, whole
from amcc_kg.cli.streams import in_colour, put
from amcc_kg.terms.errors import AmccError, InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.baseline import known_findings
from amcc_kg.validation.engine import progress
from amcc_kg.validation.engine.engines import ENGINES
from amcc_kg.validation.findings.notices import TOLD, UNMATCHED, UnvalidatedError
from amcc_kg.validation.findings.report import SHAPE_LEFT_OUT, Notice, Omission, Report, Severity
from amcc_kg.validation.inputs.check import Manner, check
from amcc_kg.validation.inputs.files import STDIN, Inputs
from amcc_kg.validation.reports import FORMATS, pieces, text
from amcc_kg.validation.salvage import WAYS
from amcc_kg.validation.verdict import BROKEN, INFERENCE

_NOTICES_SHOWN = 8
_USUAL = Manner()


class Command(TyperCommand):
    """Takes `--changed` without a revision for `--changed=HEAD`; typer knows no option of that kind."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Sort out the words after the verb."""
        followed = zip(args, [*args[1:], "-"], strict=False)
        words = [
            "--changed=HEAD" if word == "--changed" and after.startswith("-") else word
            for word, after in followed
        ]
        return super().parse_args(ctx, words)


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders to check, - for standard input; the repository if none is given.",
            metavar="[PATH]...",
        ),
    ] = None,
    shapes: Annotated[
        list[str] | None,
        value(
            "Shapes to check against: a file, a folder, - for standard input, or amcc for those of this "
            "project; may be repeated. Default: those of the repository around the files, else those in "
            "the data.",
            "FILE",
        ),
    ] = None,
    ontology: Annotated[list[Path] | None, value("Ontology to reason with; may be repeated.", "FILE")] = None,
    format: Annotated[
        list[str] | None,
        value(
            "How to write the report, and with =FILE where to; may be repeated. One of "
            f"{', '.join(FORMATS)}. Default: {FORMATS[0]}.",
            "NAME[=FILE]",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    severity_threshold: Annotated[
        str, choice(reversed(Severity), "Leave out findings that are less grave than this.")
    ] = Severity.INFO.value,
    group: Annotated[
        str | None,
        choice(text.GROUPS, "Group the findings of the text by rule, or by file with a line each."),
    ] = None,
    max_per_rule: Annotated[
        int | None,
        whole(
            f"Show at most so many findings of a rule in the text, and count the others.  [{text.MOST}]", 0
        ),
    ] = None,
    max_findings: Annotated[
        int | None, whole("Write at most so many findings, the gravest first.", 0)
    ] = None,
    baseline: Annotated[
        Path | None, value("Findings recorded in this file are known and do not fail.", "FILE")
    ] = None,
    write_baseline: Annotated[
        bool, flag("Record the present findings in the --baseline file.", "--write-baseline")
    ] = False,
    changed: Annotated[
        str | None,
        value(
            "Only findings that are new since this git revision, or stand in files changed since; "
            "HEAD if none is named.",
            "[REV]",
        ),
    ] = None,
    explain: Annotated[
        str | None,
        value(
            "Explain the findings at this FILE:LINE or of this fingerprint, and write nothing else.",
            "FINDING",
        ),
    ] = None,
    engine: Annotated[
        str, choice(ENGINES, "What validates; both runs the two and tells of what they differ in.")
    ] = _USUAL.engine,
    ill_formed: Annotated[
        str, choice(WAYS, "What to do with shapes that break SHACL's rules; skip leaves them out.")
    ] = _USUAL.ill_formed,
    inference: Annotated[
        str, choice(INFERENCE, "What to infer from the data before they are validated.")
    ] = _USUAL.inference,
    strict: Annotated[bool, flag("Take for a finding what the verdict does not cover.", "--strict")] = False,
    syntax: Annotated[
        list[str] | None,
        value(
            "The syntax of standard input (-) and of files that tell none themselves, or with FILE= of that "
            f"file; may be repeated. One of {', '.join(SYNTAXES)}.",
            "[FILE=]NAME",
        ),
    ] = None,
    context: Annotated[
        list[str] | None,
        value("The file that holds a JSON-LD context, which is never fetched; may be repeated.", "URL=FILE"),
    ] = None,
    jobs: Annotated[int, whole("How many processes to use at most.", 1)] = _USUAL.jobs,
    watch: Annotated[bool, flag("Validate again whenever one of the files is saved.", "--watch")] = False,
    repo: Repo = None,
) -> int:
    """Validate and write the reports; return 0 for no finding, 1 for some, 2 if a file does not parse.

    Raises `InputError` where the call or what it names is wrong.
    """
    asked, rules, terms = tuple(paths or ()), tuple(shapes or ()), tuple(ontology or ())
    named = Named(asked, rules, terms, tuple(syntax or ()), repo, tuple(context or ()))
    if not named.paths:
        if changed is not None:
            from amcc_kg.validation.baseline.revision import Revision

            Revision(changed)  # first, because what is taken for one may be the file that is meant
        named.find()  # not when it is waited for files to change
    elif not named.shapes and (around := named.find()) is not None and not is_at_hand(around, repo):
        print(f"held against the repository that the files lie in, {around.root}", file=sys.stderr)
    manner = Manner(engine, strict, jobs, ill_formed, explain is not None, inference)
    most = text.MOST if max_per_rule is None else max_per_rule

    def answer(inputs: Inputs | None = None) -> int:
        targets = _targets(format or FORMATS[:1], output)
        if (group, max_per_rule) != (None, None) and "text" not in [name for name, _ in targets]:
            raise InputError("--group and --max-per-rule are for --format text; the other formats are whole")
        if write_baseline and baseline is None:
            raise InputError("--write-baseline needs --baseline FILE")
        revision = None
        if changed is not None:
            from amcc_kg.validation.baseline.revision import Revision

            revision = Revision(changed)
        inputs = inputs or named.inputs()
        for file, reason in inputs.unread:
            print(f"not read: {file}: {reason}", file=sys.stderr)
        try:
            found = _checked(inputs, manner)
        except UnvalidatedError as error:
            _say(error.notices)
            if error.reason == BROKEN:
                print("--ill-formed skip leaves such shapes out and uses the others", file=sys.stderr)
            raise
        if inputs.shapes_inside and not found.unreadable:
            print("no shapes are named: those in the data are used", file=sys.stderr)
        if not found.unreadable:
            fresh = None
            if revision is not None:
                before = revision.validate(named.files, lambda tree: _checked(named.before(tree), manner))
                fresh = revision.since(found, before)
            known: set[str] = set()
            if baseline is not None:
                known = known_findings.known_from(baseline, found, inputs.scope, write_baseline)
            found = known_findings.counted(found, Severity(severity_threshold), fresh, known)
            if (number := len(found.omitted(Omission.KNOWN))) and not write_baseline:
                are = "finding is" if number == 1 else "findings are"
                print(f"{number:,} {are} known from {baseline}", file=sys.stderr)
        if explain is not None:
            put(text.explain(found, explain))
        else:
            if not strict:
                # Of a repository's own shapes only what is wrong with themselves: they ask for more than it
                # has data for.
                _say(
                    n
                    for n in found.notices
                    if named.shapes or inputs.shapes_inside or n.kind not in UNMATCHED
                )
            for notice in found.notices:
                if notice.kind in TOLD:
                    print(notice.message if notice.place is None else notice, file=sys.stderr)
            shown = found if max_findings is None else found.first(max_findings)
            _write(shown, targets, lambda colour: text.write(shown, colour, group, most))
        return 2 if found.unreadable else int(bool(found.findings))

    return _watch(named, answer) if watch else answer()


def _watch(named: Named, answer: Callable[[Inputs | None], int]) -> int:
    """Answer whenever a file changes, until Ctrl-C; errors of input are said and waited out."""
    if STDIN in (*named.paths, *map(Path, named.shapes)):
        raise InputError("--watch: standard input cannot be watched; name a file")
    seen: dict[Path, int] | None = None
    while True:
        inputs, now = _state(named)
        if now != seen:
            seen = now
            try:
                answer(inputs)
            except AmccError as error:
                print(f"error: {error}", file=sys.stderr, flush=True)
            print("watching; Ctrl-C ends", file=sys.stderr, flush=True)
        time.sleep(0.3)


def _state(named: Named) -> tuple[Inputs | None, dict[Path, int]]:
    """Return the files that are meant, and when each was saved; nothing where one cannot be had."""
    try:
        inputs = named.inputs()
    except (InputError, OSError):  # what comes and goes meanwhile is looked at in the next round
        return None, {}
    stamps: dict[Path, int] = {}
    for path in inputs.files:
        with suppress(OSError):
            stamps[path] = path.stat().st_mtime_ns
    return inputs, stamps


def _checked(inputs: Inputs, manner: Manner) -> Report:
    with progress.shown():
        return check(inputs, manner)


def _targets(formats: Sequence[str], output: Path | None) -> list[tuple[str, Path | None]]:
    """Return each format with its file; raises `InputError` for one unknown, or two for one stream."""
    targets: list[tuple[str, Path | None]] = []
    for given in formats:
        name, separator, file = given.partition("=")
        if name not in FORMATS:
            known = f"one of {', '.join(FORMATS)}{nearest(name, FORMATS)}"
            raise InputError(f"--format {name}: unknown format; {known}")
        if separator and not file:
            raise InputError(f"--format {given}: expected a file behind =")
        targets.append((name, Path(file) if file else output))
    streams = [file for _, file in targets]
    for stream in streams:
        if streams.count(stream) > 1:
            where = stream or "standard output"
            raise InputError(f"two reports for {where}; give each a file: --format NAME=FILE")
        # Said before the work, which may be long, and before another report is out.
        if stream is not None and not stream.parent.is_dir():
            raise InputError(f"{stream}: cannot be written: there is no folder {stream.parent}")
    return targets


def _say(notices: Iterable[Notice]) -> None:
    slips = [notice for notice in notices if notice.severity is Severity.WARNING]
    for notice in filter(lambda notice: notice.kind == SHAPE_LEFT_OUT, slips):  # the verdict hangs on each
        print(notice, file=sys.stderr)
    slips = [notice for notice in slips if notice.kind != SHAPE_LEFT_OUT]
    for notice in slips[:_NOTICES_SHOWN]:
        print(notice, file=sys.stderr)
    if (rest := len(slips) - _NOTICES_SHOWN) > 0:
        print(f"warning: and {rest} more; --strict makes findings of them", file=sys.stderr)


def _write(shown: Report, targets: list[tuple[str, Path | None]], in_words: Callable[[bool], str]) -> None:
    for name, file in targets:
        if name == "text":
            put(in_words(file is None and in_colour()), file)
        elif name == "sarif":
            from amcc_kg.validation.reports.programs import sarif_of

            log, number = sarif_of(shown)
            put(log, file)
            if (more := len(shown.findings) - number) > 0:
                held = (
                    f"the gravest {number:,} findings, which is what code scanning takes, not {more:,} more"
                )
                print(f"{file or 'the SARIF'} holds {held}", file=sys.stderr)
        else:
            put(pieces(shown, name), file)
