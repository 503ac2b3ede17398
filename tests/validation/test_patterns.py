"""Regular expressions as XPath has them: by a table, and at random as Saxon has them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st
from saxonche import PySaxonApiError, PySaxonProcessor, PyXPathProcessor

from amcc_kg.validation.shapes.patterns import PatternError, compiled

# The clauses are those of Functions and Operators 3.1 and of XML Schema 1.1 part 2.
TABLE = [
    # F&O 5.6.2: without s, the dot matches neither newline nor return.
    ("a.b", "", "a\nb", False),
    (".", "", "\r", False),
    ("a.b", "s", "a\nb", True),
    # 5.6.1: ^ and $ are the ends of the text; with m, those of lines, but for an empty last one.
    ("^abc$", "", "abc\n", False),
    ("^abc$", "m", "abc\n", True),
    ("^b$", "m", "a\nb\nc", True),
    ("^$", "m", "a\n", False),
    ("^$", "", "", True),
    # Flag x: blanks count in classes only.
    ("a b c", "x", "abc", True),
    ("a b c", "x", "a b c", False),
    ("a[ ]b \\p{ L u }", "x", "a bC", True),
    # Flag q: nothing is special.
    ("a.b", "q", "a.b", True),
    ("a.b", "q", "axb", False),
    ("A(", "qi", "a(", True),
    # Flag i: case variants of characters and ranges, of nothing else.
    ("k", "i", "\u212a", True),
    ("[A-Z]", "i", "k", True),
    ("[^Q]", "i", "q", False),
    ("[A-Z-[IO]]", "i", "i", False),
    (r"\p{Lu}", "i", "a", False),
    (r"[\p{Lu}1]", "i", "a", False),
    ("ς", "i", "Σ", True),
    (r"(a)\1", "i", "aA", True),
    # XSD 1.1, G.4.2: categories, blocks, escapes; a hyphen, a class left out.
    (r"^\p{L}+$", "", "Ä", True),
    (r"\P{L}", "", "Ä", False),
    (r"^\p{IsGreek}$", "", "\u03b1", True),
    ("^[a-z-[aeiou]]+$", "", "xyz", True),
    ("^[a-z-[aeiou]]+$", "", "xaz", False),
    ("[^a-z-[1-9-[5]]]", "", "5", True),
    ("[^a-z-[1-9-[5]]]", "", "4", False),
    (r"^\i\c*$", "", "a-b", True),
    (r"^\i\c*$", "", "-ab", False),
    (r"^[\i-[:]][\c-[:]]*$", "", "a:b", False),
    (r"\i", "", "\U00010000", True),
    (r"\w", "", "_", False),
    (r"\w", "", "+", True),
    (r"\d", "", "٣", True),
    (r"\s", "", "\xa0", False),
    (r"[\D\S]", "", "1", True),
    (r"^[\w.-]+$", "", "a-b.c", True),
    ("[a^$.|(]", "", "$", True),
    ("[a-[a]]", "", "a", False),
    (r"\$\^\-", "", "$^-", True),
    # 5.6.1: reluctant quantifiers, groups that capture nothing, back-references.
    ("^a+?$", "", "aa", True),
    ("(?:a|b){2}", "", "ab", True),
    (r"^(a)(b)?\2$", "", "a", True),
    (r"(a)\10", "", "aa0", True),
    ("^*a", "", "a", True),
    ("", "", "", True),
    ("(|a)", "", "b", True),
    # What is repeated may be empty.
    ("^(|a)*?$", "", "a", True),
    ("()*?$", "", "1", True),
    ("^(a?|b)+$", "", "aba", True),
    ("^(|a){2}$", "", "aaa", False),
    ("^(^|a)*$", "", "aa", True),
    ("$??", "", "a", True),
    ("^*?a{1}", "", "ba", True),
]


@pytest.mark.parametrize(("pattern", "flags", "text", "found"), TABLE)
def test_a_pattern_is_xpath_s(pattern: str, flags: str, text: str, found: bool) -> None:
    assert (compiled(pattern, flags).search(text) is not None) is found


REFUSED = [
    ("a", "z", "the flag 'z'; there are s, m, i, x, q"),
    ("a", "I", "the flag 'I'; there are s, m, i, x, q"),
    ("a(b", "", "a bracket that is not closed, at the end"),
    ("a)b", "", "a closing bracket that nothing opens, at character 2"),
    ("*a", "", "* with nothing to repeat, at character 1"),
    ("a++", "", "+ with nothing to repeat, at character 3"),
    ("a{,3}", "", "{ that begins no {n}, {n,} or {n,m}, at character 2"),
    ("a{3,2}", "", "a range of repetitions that ends before it begins, at character 2"),
    ("a}", "", r"}, which has to be written \}, at character 2"),
    ("(?=a)", "", "(?, of which XPath knows nothing but (?:…), no looking ahead or behind, at character 1"),
    (r"a\b", "", r"\b, which is no escape (in other languages, the edge of a word), at character 2"),
    (r"a\/b", "", r"\/, which is no escape; it can be written /, at character 2"),
    ("a b\\", "x", "a backslash with nothing behind it, at character 4"),
    (r"\p{Foo}", "", "'Foo', which is no category or block of Unicode, at character 1"),
    (r"\pL", "", r"\p without a name in braces, at character 1"),
    (r"(a)\2", "", r"\2, before which no group 2 is closed, at character 4"),
    ("[]", "", "a class without characters, at character 1"),
    ("[a", "", "a class without end, at the end"),
    ("[a[b]]", "", r"[ in a class, which has to be written \[, at character 3"),
    ("[z-a]", "", "a range that ends before it begins, z-a, at character 2"),
    (r"[a-\d]", "", "a range that ends in several characters, at character 2"),
    ("[a-z-[b]c]", "", "something behind what a class leaves out, at character 9"),
    ("a{99999999999}", "", "more than can be searched for: the repetition number is too large"),
]


@pytest.mark.parametrize(("pattern", "flags", "words"), REFUSED)
def test_what_xpath_refuses_is_said_in_words(pattern: str, flags: str, words: str) -> None:
    with pytest.raises(PatternError) as caught:
        compiled(pattern, flags)
    assert str(caught.value) == words


@pytest.mark.parametrize("pattern", ["(" * 5000 + "a" + ")" * 5000, "[a-" * 5000 + "[a]" + "]" * 5000])
def test_what_is_nested_without_end_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)


# ---- Saxon ----


@pytest.fixture(scope="module")
def saxon() -> PyXPathProcessor:
    return PySaxonProcessor(license=False).new_xpath_processor()


def by_saxon(saxon: PyXPathProcessor, pattern: str, flags: str, text: str) -> bool | None:
    def quoted(value: str) -> str:
        return f"codepoints-to-string(({','.join(str(ord(mark)) for mark in value)}))"

    try:
        found = saxon.evaluate(f"matches({quoted(text)}, {quoted(pattern)}, '{flags}')")
    except PySaxonApiError as error:
        if "backtracking limit" in str(error):
            reject()  # it gives up on a text that it was to judge
        return None
    return bool(found.head.boolean_value)


def by_us(pattern: str, flags: str, text: str) -> bool | None:
    try:
        return compiled(pattern, flags).search(text) is not None
    except PatternError:
        return None


# Saxon takes \u0130 for a variant of i, and \xdf for none of \u1e9e; by Unicode's full case mappings, which
# fn:lower-case goes by, it is the other way round. Of Unicode itself, the two have different versions.
LETTERS = "aAbBkKsS\u212a\u017féÉ\u03c3ςΣ1٣\n\r\t _-+$:.\U00010000日"
NAMES = ["L", "Lu", "Nd", "P", "Zs", "S", "IsGreek", "IsBasicLatin"]
CLASSES = ["[a-z]", "[^a-k]", "[A-Z-[KS]]", "[a-z-[^aeiou]]", r"[\w-[a]]", r"[^\d\s]", "[_+.-]", "[-a]"]
ATOMS = [
    *"aAbkSé\u03c31_:.",
    *(rf"\{mark}" for mark in "sSdDwWiIcCnrt.-$^[]{}()|?*+\\12"),
    *(rf"\{p}{{{name}}}" for p in "pP" for name in NAMES),
    *(*CLASSES, r"[\p{Lu}a]", r"[a\-z]", "[ a]"),
]
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "*?", "{2}", "{1,}", "{0,2}", "{1,2}?"])
PIECES = st.builds("{}{}".format, st.sampled_from(ATOMS), QUANTIFIERS)


def may_be_empty(pattern: str) -> bool:
    """Tell whether a pattern is found in nothing; in doubt it is."""
    try:
        return compiled(pattern).search("") is not None
    except PatternError:
        return True


# Nor does Saxon always go on where what is repeated may be empty: `^(|a)*?$` it does not find in "a".
INNER = st.recursive(
    st.builds("".join, st.lists(PIECES, max_size=5)),
    lambda inner: st.one_of(
        st.builds("({}){}".format, inner.filter(lambda one: not may_be_empty(one)), QUANTIFIERS),
        st.builds("(?:{})".format, inner),
        st.builds("({})".format, inner),
        st.builds("{}|{}".format, inner, inner),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=4,
)  # fmt: skip
# Repeated anchors it reads otherwise: `(^$)*` is not found in "1" by it, and `^*?` is no pattern.
ANCHORED = st.builds("{}{}{}".format, st.sampled_from(["", "^"]), INNER, st.sampled_from(["", "$"]))
PATTERNS = (
    ANCHORED | st.builds("{}|{}".format, ANCHORED, ANCHORED) | st.builds("{}{}".format, ANCHORED, ANCHORED)
)
FLAGS = st.text("smix", max_size=3) | st.sampled_from(["", "i", "q", "qi"])


@settings(max_examples=500, deadline=None)
@given(PATTERNS, FLAGS, st.text(LETTERS, max_size=5))
def test_patterns_match_what_they_match_in_saxon(
    saxon: PyXPathProcessor, pattern: str, flags: str, text: str
) -> None:
    assert by_us(pattern, flags, text) == by_saxon(saxon, pattern, flags, text)


@settings(max_examples=500, deadline=None)
@given(st.text("aZ09[]^-\\pPdwn{}(),?:|*+$. L", max_size=9), st.sampled_from(["", "x"]))
@example("[a-z-[b]c]", "")
@example("(?a)", "")
def test_what_is_no_pattern_is_none_in_saxon(saxon: PyXPathProcessor, pattern: str, flags: str) -> None:
    assume(not re.search(r"(?<!\[)[$^][*+?{]", pattern))  # see above: those stand in the table
    assert (by_us(pattern, flags, "a") is None) is (by_saxon(saxon, pattern, flags, "a") is None)


# ---- the words of a language, counted out ----

Ends = Callable[[str, int], frozenset[int]]
"""Where what a pattern matches may end that begins at a place of a text."""


def repeated(one: Ends, least: int, most: int) -> Ends:
    def ends(text: str, at: int) -> frozenset[int]:
        here, found = frozenset({at}), frozenset[int]()
        for number in range(min(most, least + len(text) + 1) + 1):
            found |= here if number >= least else frozenset()
            here = frozenset(end for start in here for end in one(text, start))
        return found

    return ends


def either(one: Ends, other: Ends) -> Ends:
    return lambda text, at: one(text, at) | other(text, at)


def joined(one: Ends, other: Ends) -> Ends:
    return lambda text, at: frozenset(end for middle in one(text, at) for end in other(text, middle))


def letter(mark: str) -> tuple[str, Ends]:
    return mark, lambda text, at: frozenset({at + len(mark)} if text.startswith(mark, at) else ())


REPEATS = [
    ("*", 0, 99),
    ("+", 1, 99),
    ("?", 0, 1),
    ("*?", 0, 99),
    ("{2}", 2, 2),
    ("{1,}", 1, 99),
    ("{0,2}?", 0, 2),
]
WORDS = st.recursive(
    st.sampled_from(["a", "b", ""]).map(letter),
    lambda inner: st.one_of(
        st.builds(lambda p, r: (f"({p[0]}){r[0]}", repeated(p[1], *r[1:])), inner, st.sampled_from(REPEATS)),
        st.builds(lambda p, q: (f"(?:{p[0]}|{q[0]})", either(p[1], q[1])), inner, inner),
        st.builds(lambda p, q: (f"(?:{p[0]})(?:{q[0]})", joined(p[1], q[1])), inner, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=500, deadline=None)
@given(WORDS, st.text("ab", max_size=4))
def test_a_word_is_matched_however_it_comes_about(pattern: tuple[str, Ends], text: str) -> None:
    written, ends = pattern
    assert (compiled(f"^(?:{written})$").search(text) is not None) is (len(text) in ends(text, 0))
