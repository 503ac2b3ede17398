"""Parameters of media types in `Accept`: what the server does not know never changes what it answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcc_kg.serving.http import negotiation

NAMES = [
    (kind, name)
    for kind, offers in negotiation.OFFERS.items()
    for o in offers
    for name in (o.type, *o.aliases)
]
TOKEN = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+-.^_`|~", min_size=1, max_size=8
)
QUOTED = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=20).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
PROFILE = "http://www.w3.org/ns/json-ld#"
KNOWN = st.sampled_from(
    [
        *(
            f'profile="{PROFILE}{name}"'
            for name in ("expanded", "compacted", "flattened", "framed", "streaming")
        ),
        f'profile="{PROFILE}flattened {PROFILE}compacted"',
        'profile="https://e.example/what-is-this"',
        *("charset=utf-8", "charset=UTF-8", 'charset="utf-8"', "charset=iso-8859-1", "CHARSET=us-ascii"),
        *("version=1.1", "version=1.2", "version=1.2-basic", "header=present", "level=1", "odata=verbose"),
    ]
)
UNKNOWN = st.builds("{}={}".format, TOKEN.filter(lambda name: name.lower() != "q"), TOKEN | QUOTED)
PARAMETERS = st.lists(KNOWN | UNKNOWN, min_size=1, max_size=4).map("; ".join) | st.lists(
    KNOWN | UNKNOWN, min_size=1, max_size=4
).map(";".join)


@given(st.sampled_from(NAMES), PARAMETERS, st.sampled_from(["", ";q=0.3", "; q=1"]), st.booleans())
def test_a_parameter_changes_nothing(named: tuple[str, str], parameters: str, weight: str, before: bool):
    kind, name = named
    plain = negotiation.choose(kind, name)
    assert plain is not None
    spelt = f"{name};{parameters}{weight}" if before else f"{name}{weight};{parameters}"
    assert negotiation.choose(kind, spelt) == plain
    assert negotiation.choose(kind, f"image/png, {spelt}, image/webp;q=0.1") == plain


@given(
    st.sampled_from(sorted(negotiation.OFFERS)),
    st.lists(
        st.tuples(st.sampled_from([*dict(NAMES).values(), "*/*", "text/*"]), UNKNOWN, st.integers(0, 10))
    ),
)
def test_parameters_change_no_preference(kind: str, ranges: list[tuple[str, str, int]]):
    plain = ", ".join(f"{name};q={weight / 10}" for name, _, weight in ranges)
    full = ", ".join(f"{name};{parameter};q={weight / 10}" for name, parameter, weight in ranges)
    assert negotiation.choose(kind, full) == negotiation.choose(kind, plain)


@pytest.mark.parametrize(
    ("kind", "accept", "chosen"),
    [
        # Everything is UTF-8: whoever would rather not have that gets the other thing named.
        ("thing", "text/turtle;charset=iso-8859-1, text/html;q=0.1", "html"),
        ("thing", "text/turtle;charset=iso-8859-1", "turtle"),
        ("thing", "text/turtle;charset=iso-8859-1;q=0, */*;q=0.1", "html"),
        ("thing", "text/turtle;version=1.2;q=0.5, text/csv;header=absent", "csv"),
        ("thing", "text/turtle;version=1.2;q=0", None),
        ("page", "text/html;q=0, */*", None),
        ("page", "application/xhtml+xml, text/html;q=0", "html"),
        ("page", "application/*", "html"),
        ("graph", "text/turtle;q=0.1, text/*", "turtle"),
        ("graph", "text/turtle;q=0, */*", "ntriples"),
        ("queries", "application/json;q=0.1, application/*", "catalogue"),
    ],
)
def test_a_refusal_and_another_charset_count(kind: str, accept: str, chosen: str | None):
    offer = negotiation.choose(kind, accept)
    assert (offer.name if offer else None) == chosen
