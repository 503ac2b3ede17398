"""Positions and quotes held against the source text.

Knows characters: a span is a half-open range of them, counted from 0. Knows nothing of triples.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import pairwise

from amcc_kg.evidence.problems import Problem, about
from amcc_kg.repository.passages import Document, Passage

_Placed = tuple[int, int, Passage]

QUOTE_LIMIT = 120
# How much of a source text all its quotes together may publish.
QUOTED_SHARE = 0.5
# What else is said in our own words repeats less than this many characters in a row: enough for a long name.
REPEAT_LIMIT = 150


def text_digest(text: str) -> str:
    """Return the SHA-256 of the characters in UTF-8, in lower-case hexadecimal."""
    return sha256(text.encode()).hexdigest()


def check(document: Document, text: str) -> Iterator[Problem]:
    """Hold the document's spans, digests and quotes against its source text.

    Args:
        document: the document as described.
        text: its whole source text.
    """
    if document.digest is not None and document.digest != text_digest(text):
        file = document.described_in
        found = f"the source text has the digest {text_digest(text)}, not the recorded {document.digest}"
        yield Problem(file.path, 1, f"{document.name}: {found}")
    spans: list[_Placed] = []
    for passage in document.passages:
        span = passage.span
        if span is None:
            yield about(passage, "start", "needs one amcc:start and one amcc:end, both integers")
        elif not 0 <= span[0] < span[1] <= len(text):
            found = f"characters {span[0]} to {span[1]} are no span of a text of {len(text)} characters"
            yield about(passage, "start", found)
        else:
            yield from _check_span(passage, text, *span)
            spans.append((*span, passage))
    yield from _check_order(spans)
    yield from _check_coverage(document, text, spans)
    yield from _check_sentences(document, text, spans)
    yield from _check_amount(document, text)


def _check_span(passage: Passage, text: str, start: int, end: int) -> Iterator[Problem]:
    span = text[start:end]
    recorded = passage.recorded.get("digest", ())
    if recorded != (text_digest(span),):
        expected = recorded[0] if recorded else "nothing"
        place = f"characters {start} to {end} of the source text ({_glimpse(span)})"
        yield about(passage, "digest", f"{place} have the digest {text_digest(span)}; recorded is {expected}")
    quotes = passage.recorded.get("quote", ())
    if not quotes:
        yield about(passage, "", "needs at least one amcc:quote, the decisive words of the passage")
    for quote in quotes:
        if len(quote) > QUOTE_LIMIT:
            found = (
                f"a quote of {len(quote)} characters; at most {QUOTE_LIMIT} are allowed: {_glimpse(quote)}"
            )
            yield about(passage, "quote", found, quote)
        if not quote or quote not in span:
            found = (
                f"the quote {quote!r} is not in characters {start} to {end}; {_nearest(quote, text, start)}"
            )
            yield about(passage, "quote", found, quote)


def _check_order(spans: list[_Placed]) -> Iterator[Problem]:
    for (_, end, before), (start, _, after) in pairwise(spans):
        if start < end:
            found = f"starts at character {start}, but {before.name}, numbered before it, ends at {end}"
            yield about(after, "start", found)


def _check_coverage(document: Document, text: str, spans: list[_Placed]) -> Iterator[Problem]:
    at = 0
    before = "the beginning"
    named = sorted((start, end, passage.name) for start, end, passage in spans)
    for start, end, name in [*named, (len(text), len(text), "the end")]:
        gap = text[at:start]
        if any(c.isalnum() for c in gap):
            place = f"characters {at} to {start}, between {before} and {name}"
            file = document.described_in
            yield Problem(
                file.path, 1, f"{document.name}: no passage covers {_glimpse(gap.strip())} ({place})"
            )
        if end > at:
            at, before = end, name


def _check_sentences(document: Document, text: str, spans: list[_Placed]) -> Iterator[Problem]:
    """A divided sentence has a span of its own, which no passage shares but its stretches."""
    for sentence in document.sentences:
        span = sentence.span
        if span is None or not 0 <= span[0] < span[1] <= len(text):
            yield about(
                sentence, "start", f"needs an amcc:start and an amcc:end within {len(text)} characters"
            )
            continue
        digest = text_digest(text[span[0] : span[1]])
        if sentence.recorded.get("digest") != (digest,):
            found = f"characters {span[0]} to {span[1]} of the source text have the digest {digest}"
            yield about(sentence, "digest", found)
        for start, end, passage in spans:
            own = sentence.iri in passage.recorded.get("partOfSentence", ())
            if not own and start < span[1] and span[0] < end:
                yield about(passage, "start", f"lies within {sentence.name}, of which it is no stretch")


def _check_amount(document: Document, text: str) -> Iterator[Problem]:
    quoted = sum(len(q) for p in document.passages for q in p.recorded.get("quote", ()))
    if quoted > len(text) * QUOTED_SHARE:
        found = f"its quotes hold {quoted} of {len(text)} characters; at most half may be published"
        yield Problem(document.described_in.path, 1, f"{document.name}: {found}")


def _nearest(quote: str, text: str, near: int) -> str:
    """Say where the quote, or the longest part of it, stands instead."""
    places = [i for i in range(len(text)) if text.startswith(quote, i)] if quote else []
    if places:
        return f"it stands at character {min(places, key=lambda i: abs(i - near))}"
    match = SequenceMatcher(None, quote, text, autojunk=False).find_longest_match()
    if match.size < 4:
        return "nothing like it is in the source text"
    part = quote[match.a : match.a + match.size]
    return f"the nearest is {part!r} at character {match.b}"


def _glimpse(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
