"""The terms and tags that are well known whatever a graph holds: to use one that it lacks is no slip.

The terms are those that W3C and others define in their namespaces, the tags ISO 639-1's for languages.
"""

from __future__ import annotations

from importlib.resources import files

from amcc_kg.terms.spelling import namespace

_LANGUAGES = "http://id.loc.gov/vocabulary/iso639-1/"


def _terms() -> dict[str, frozenset[str]]:
    text = files("amcc_kg.diagnosis").joinpath("vocabularies.txt").read_text(encoding="utf-8")
    parts = (part.partition(">\n") for part in text.split("\n<")[1:])
    return {space: frozenset(names.split()) for space, _, names in parts}


# Read when hints are first looked for, because where that is done no file can be opened.
TERMS = _terms()
"""The local names of each namespace."""


def is_term(iri: str) -> bool:
    """Tell whether a well-known vocabulary defines a term."""
    space = namespace(f"{iri}>")
    return iri[len(space) :] in TERMS.get(space, ())


def is_language(tag: str) -> bool:
    """Tell whether a tag, in lower case, begins with the code of a language."""
    return tag.partition("-")[0] in TERMS[_LANGUAGES]
