"""Reports of many findings: what is shown of them, counted, grouped; in whose prefixes; in what number."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from zlib import compress

import pytest
from books import SHAPES
from command_line import Amcc
from hypothesis import given
from hypothesis import strategies as st

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import PREFIXES, XSD, DeclaredPrefixes
from amcc_kg.validation import Report, reports
from amcc_kg.validation.findings.report import Finding, Place, Severity, report
from amcc_kg.validation.findings.spelling import shortened
from amcc_kg.validation.inputs.check import check
from amcc_kg.validation.inputs.files import resolve
from amcc_kg.validation.reports import programs, text

SHACL = "<http://www.w3.org/ns/shacl#{}ConstraintComponent>"


@pytest.fixture
def cli(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Amcc:
    (tmp_path / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Amcc(tmp_path, cache)


def _finding(number: int, rule: str = "Datatype", severity: Severity = Severity.VIOLATION) -> Finding:
    """Return a finding on a line of its own, as long as an ordinary one is."""
    return Finding(
        severity,
        "The value is wrong.",
        f"<http://e/b{number}>",
        "<http://e/pages>",
        '"many"',
        SHACL.format(rule),
        f"<http://e/{rule}>",
        f"<http://e/{rule}>",
        file="books.ttl",
        place=Place("books.ttl", number + 1, 12, number + 1, 18, "value", 0, 0, 6),
        excerpt="    :pages 'many' .",
        hint="expected a value of datatype xsd:integer, found xsd:string",
    )


@pytest.fixture(scope="module")
def many() -> Report:
    return report(_finding(number) for number in range(20_000))


# ---- 20,000 equal findings ----


def test_many_equal_findings_make_at_most_a_hundred_lines(many: Report) -> None:
    lines = text.write(many).splitlines()
    assert len(lines) <= 100
    assert sum(line.startswith("books.ttl:") for line in lines) == 20
    assert "and 19,980 more: <http://e/Datatype> datatype" in lines
    assert lines[-1] == "20,000 violations"
    assert re.fullmatch(r"20,000  violation  <http://e/Datatype> .*  books\.ttl:1:12", lines[-3])


def test_grouped_by_rule_they_make_at_most_thirty(many: Report) -> None:
    lines = text.write(many, group="rule").splitlines()
    assert len(lines) <= 30
    assert lines[0] == "<http://e/Datatype> datatype, <http://e/pages>: 20,000 violations"
    assert "\n".join(lines).count("books.ttl:") == 20
    assert "and 19,980 more" in lines


def test_grouped_by_file_each_has_a_line(many: Report) -> None:
    lines = text.write(many, group="file", most=3).splitlines()
    assert lines[0] == "books.ttl: 20,000 violations"
    assert [line[:7] for line in lines[1:4]] == ["  1:12:", "  2:12:", "  3:12:"]
    assert lines[4] == "  and 19,997 more: <http://e/Datatype> datatype"


@pytest.mark.parametrize("format_", ["json", "csv", "turtle", "html", "junit", "github", "gitlab"])
def test_other_formats_hold_all_findings(format_: str) -> None:
    some = report(_finding(number) for number in range(300))
    assert reports.render(some, format_).count("The value is wrong.") >= 300


@given(
    st.lists(
        st.tuples(st.sampled_from(["In", "Class", "Pattern"]), st.sampled_from(list(Severity))), max_size=90
    ),
    st.integers(0, 30),
    st.sampled_from([None, *text.GROUPS]),
)
def test_nothing_is_lost_from_the_count(
    kinds: list[tuple[str, Severity]], most: int, group: str | None
) -> None:
    """What is shown, and what is said not to be, are together what there is, for each rule."""
    whole = report(_finding(n, rule, severity) for n, (rule, severity) in enumerate(kinds))
    numbers = Counter((f.component_key, f.severity) for f in whole.findings)
    written = text.write(whole, group=group, most=most)
    places = {f"{f.place.line}:12" for f in whole.findings if f.place}
    shown = {place for place in places if re.search(rf"(books\.ttl:|^  ){place}(?!\d)", written, re.M)}
    if most:  # the first place of each rule stands in the table as well
        assert len(shown) == sum(min(number, most) for number in numbers.values())
        more = re.findall(r"^ *and ([\d,]+) more", written, re.M)
        assert sum(int(number.replace(",", "")) for number in more) == len(kinds) - len(shown)
    assert text.counted(whole) == written.splitlines()[-1]
    assert not re.search(r"\b1 (violation|warning|remark|file|finding)s\b", written)
    table = re.findall(r"^ *([\d,]+)  (\w+) +<http://e/(\w+)> ", written, re.M)
    if group != "rule" and len(kinds) > len(numbers):
        assert {(SHACL.format(rule), severity): int(n) for n, severity, rule in table} == numbers
    else:
        assert not table


def test_each_paths_findings_are_counted_by_themselves(cli: Amcc) -> None:
    """Property shapes without a name that stand under one shape are rules of their own."""
    pages = "sh:property [ sh:path :pages ; sh:datatype xsd:integer ]"
    shapes = SHAPES.replace(pages, f"{pages} ; {pages.replace(':pages', ':year')}")
    (cli.folder / "shapes.ttl").write_text(shapes, encoding="utf-8")
    lines = (f':b{n} a :Book ; :title "t" ; :pages "p" ; :year "y" .' for n in range(3))
    (cli.folder / "books.ttl").write_text("\n".join(["@prefix : <http://e/> .", *lines]), encoding="utf-8")
    done = cli("validate", "books.ttl", "--shapes", "shapes.ttl", "--max-per-rule", "1")
    assert done.stdout.endswith(
        "count  severity   rule                    first at\n"
        "    3  violation  :Book datatype, :pages  books.ttl:2:35\n"
        "    3  violation  :Book datatype, :year   books.ttl:2:47\n"
        "\n6 violations\n"
    )
    assert done.stdout.count("and 2 more: :Book datatype") == 2
    call = ("validate", "books.ttl", "--shapes", "shapes.ttl", "--format", "json")
    wrong = cli.fails(*call, "--group", "rule")
    assert wrong == "--group and --max-per-rule are for --format text; the other formats are whole"


# ---- what code scanning takes ----


def test_the_log_of_many_findings_is_small_enough_once_it_is_packed(many: Report) -> None:
    assert len(gzip.compress(reports.render(many, "sarif").encode())) < programs.LARGEST


def test_a_log_that_would_be_too_large_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    some = report(_finding(number) for number in range(2_000))
    monkeypatch.setattr(programs, "LARGEST", 50_000)
    log, number = programs.sarif_of(some)
    (run,) = json.loads(log)["runs"]
    assert len(compress(log.encode())) <= 50_000
    assert 500 < number == len(run["results"]) < 2_000
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == f"{2_000 - number:,} more findings are not shown"


# ---- prefixes of the files ----


def test_messages_speak_in_the_prefixes_of_the_file(cli: Amcc) -> None:
    """Each finding in those of its own file, what that has none for in those of the shapes."""
    head = "@prefix b: <http://e/> . @prefix sh: <http://else.where/> .\n"
    (cli.folder / "a.ttl").write_text(
        f'{head}b:x a b:Book ; b:title "t" ; b:state b:no .\n', encoding="utf-8"
    )
    (cli.folder / "b.nt").write_text("<http://e/y> a <http://e/Book> .\n".replace(" a ", f" {_TYPE} "))
    done = cli("validate", "a.ttl", "b.nt", "--shapes", "shapes.ttl")
    assert "a.ttl:2:38: warning: The value is not one of b:lent, b:shelved. [b:Book in]\n" in done.stdout
    assert "   = about b:x, b:state\n" in done.stdout
    assert "[:Book minCount]" in done.stdout
    assert "   = about :y, :title\n" in done.stdout
    assert "<http" not in done.stdout.replace(_TYPE, "").replace("<http://e/y>", "").replace(
        "<http://e/Book>", ""
    )
    rows = json.loads(cli("validate", "a.ttl", "--shapes", "shapes.ttl", "--format", "json").stdout)
    (finding,) = rows["findings"]
    assert finding["message"] == "The value is not one of b:lent, b:shelved."
    assert (finding["path"], finding["value"]["value"]) == ("<http://e/state>", "http://e/no")


_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def test_the_words_of_a_shape_are_left_as_they_are(cli: Amcc) -> None:
    shapes = SHAPES.replace("sh:minCount 1", 'sh:minCount 1 ; sh:message "see <http://e/title>"')
    (cli.folder / "shapes.ttl").write_text(shapes, encoding="utf-8")
    (cli.folder / "a.ttl").write_text("@prefix : <http://e/> .\n:x a :Book .\n", encoding="utf-8")
    done = cli("validate", "a.ttl", "--shapes", "shapes.ttl")
    assert "violation: see <http://e/title> [:Book minCount]" in done.stdout


def test_warnings_about_shapes_speak_in_their_prefixes(cli: Amcc) -> None:
    shapes = SHAPES.replace("sh:targetClass :Book", "sh:targetClass :Book , :Tome")
    (cli.folder / "shapes.ttl").write_text(shapes, encoding="utf-8")
    (cli.folder / "a.ttl").write_text(
        '@prefix : <http://e/> .\n:x a :Book ; :title "t" ; :pages 1 ; :state :lent .\n', encoding="utf-8"
    )
    assert cli("validate", "a.ttl", "--shapes", "shapes.ttl").stderr == (
        "shapes.ttl:6:28: warning: sh:targetClass :Tome matches nothing in the data\n"
    )


_NAMES = st.dictionaries(
    st.sampled_from(["", "a", "b", "xsd", "sh"]),
    st.sampled_from(["http://e/", "http://e/x/", "http://e/x#", "http://f/", XSD]),
)


@given(
    _NAMES, _NAMES, st.sampled_from(["http://e/", "http://e/x/", "http://e/x#", XSD]), st.text("az.-/#:_9")
)
def test_a_short_name_means_the_same_iri_in_the_file(
    own: dict[str, str], others: dict[str, str], namespace: str, name: str
) -> None:
    """By the file's own prefixes, else those of the others, else the table; or it is not shortened."""
    iri = namespace + name
    short = DeclaredPrefixes(own, others).shorten(iri)
    if short != f"<{iri}>":
        prefix, _, local = short.partition(":")
        assert {**PREFIXES, **others, **own}[prefix] + local == iri


def test_an_iri_in_a_literal_is_no_iri() -> None:
    names = DeclaredPrefixes({"": "http://e/"})
    literal = keys.literal('a "quoted" <http://e/x>')
    assert shortened(f"{literal} is <http://e/y>", names) == f"{literal} is :y"


# ---- no message that contradicts another ----

_HEAD = "@prefix : <http://e.x/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"


def test_what_is_found_at_a_node_that_no_data_speak_of_was_looked_at_by_2_1_3_1(cli: Amcc) -> None:
    """SHACL 2.1.3.1: a target node is a focus node whether or not it is in the data."""
    shapes = (
        ":S a sh:NodeShape ; sh:targetNode :gone ; sh:property [ sh:path [ sh:zeroOrMorePath :q ] ; "
        "sh:minCount 1 ] ; sh:property [ sh:path :q ; sh:minCount 1 ] .\n"
    )
    (cli.folder / "shapes.ttl").write_text(_HEAD + shapes, encoding="utf-8")
    (cli.folder / "data.ttl").write_text('@prefix : <http://e.x/> .\n:a :p "lit" .\n', encoding="utf-8")
    done = cli("validate", "data.ttl", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout.count("violation: ")) == (1, 1)
    assert "nothing was validated" not in done.stderr
    assert "sh:targetNode :gone is a node that the data do not speak of" in done.stderr
    strict = cli("validate", "data.ttl", "--shapes", "shapes.ttl", "--strict")
    assert "nothing was validated" not in strict.stdout


@pytest.mark.parametrize("value", ["true", '"1"^^<http://www.w3.org/2001/XMLSchema#boolean>'])
def test_a_shape_that_is_switched_off_is_not_said_to_have_no_target_by_3_2(cli: Amcc, value: str) -> None:
    """SHACL 3.2: a deactivated shape has its targets all the same."""
    shapes = f":S a sh:NodeShape ; sh:targetNode :a ; sh:nodeKind sh:Literal ; sh:deactivated {value} .\n"
    (cli.folder / "shapes.ttl").write_text(_HEAD + shapes, encoding="utf-8")
    (cli.folder / "data.ttl").write_text("@prefix : <http://e.x/> .\n:a :p 1 .\n", encoding="utf-8")
    done = cli("validate", "data.ttl", "--shapes", "shapes.ttl")
    assert done.returncode == 2
    assert "no target" not in done.stderr
    assert "--ill-formed" not in done.stderr
    assert "The shape is switched off by sh:deactivated; it is never used." in done.stderr
    reason = "every shape with a target is switched off by sh:deactivated; nothing was validated"
    assert done.stderr.endswith(f"error: shapes.ttl: {reason}\n")


# ---- the same findings elsewhere ----

_RELATIVE = {
    "data.ttl": "<rel> a <#T> ; <http://e.x/n> <#x> , <../shared/y> , <file:///srv/z> .\n",
    "more/data.ttl": "<rel> a <../data.ttl#T> ; <http://e.x/n> 'x'^^<../dt> .\n",
    "shapes.ttl": "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<#S> sh:targetClass <data.ttl#T> ; "
    "sh:property [ sh:path <http://e.x/n> ; sh:datatype <http://www.w3.org/2001/XMLSchema#integer> ] .\n",
}


def _tree(folder: Path) -> Path:
    for name, content in _RELATIVE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_a_copy_elsewhere_has_the_same_fingerprints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative IRIs are resolved against the file (RDF 1.1 Turtle 6.3), which is no part of what is wrong."""
    found = []
    for name in ("laptop", "runner/builds/12"):
        folder = _tree(tmp_path / name)
        for here in (folder, folder / "more", tmp_path):
            monkeypatch.chdir(here)
            data = [folder / "data.ttl", folder / "more/data.ttl"]
            report_ = check(resolve(None, data, [folder / "shapes.ttl"]))
            found.append(report_.identities())
    assert len(set(found[0])) == 4
    assert all(set(identities) == set(found[0]) for identities in found)


def test_iris_that_differ_have_fingerprints_that_differ(tmp_path: Path) -> None:
    folder = _tree(tmp_path)
    for data in ("<a> a <#T> ; <http://e.x/n> <http://a/b> , <b> , <../b> , <#b> , <file:///b/b> .\n",):
        (folder / "data.ttl").write_text(data, encoding="utf-8")
        found = check(resolve(None, [folder / "data.ttl"], [folder / "shapes.ttl"]))
        assert len({i.partition("-")[0] for i in found.identities()}) == 5


def test_a_baseline_holds_in_another_folder_and_from_anywhere(tmp_path: Path, cache: Path) -> None:
    first, second = _tree(tmp_path / "laptop"), _tree(tmp_path / "builds/1/runner")
    call = ("validate", "data.ttl", "more/data.ttl", "--shapes", "shapes.ttl", "--baseline", "known.json")
    done = Amcc(first, cache)(*call, "--write-baseline")
    assert done.stderr.endswith("4 findings recorded in known.json\n")
    (second / "known.json").write_bytes((first / "known.json").read_bytes())
    assert Amcc(second, cache)(*call).returncode == 0
    elsewhere = ("../data.ttl", "data.ttl", "--shapes", "../shapes.ttl", "--baseline", "../known.json")
    assert Amcc(second / "more", cache)("validate", *elsewhere).returncode == 0
    # What is fixed is told from anywhere, and recorded alike.
    (second / "more/data.ttl").write_text("<rel> a <../data.ttl#T> .\n", encoding="utf-8")
    done = Amcc(second / "more", cache)("validate", *elsewhere)
    assert (done.returncode, re.findall("^fixed: (.*?): ", done.stderr, re.M)) == (0, ["more/data.ttl"])
    Amcc(second, cache)(*call, "--write-baseline")
    written = (second / "known.json").read_bytes()
    done = Amcc(second / "more", cache)("validate", *elsewhere, "--write-baseline")
    assert done.stderr.endswith("3 findings recorded in ../known.json\n")
    assert (second / "known.json").read_bytes() == written
