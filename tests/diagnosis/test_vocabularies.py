"""The terms that are well known are those that another library knows of the same vocabularies."""

from __future__ import annotations

import pytest
import rdflib.namespace

from amcc_kg.diagnosis.vocabularies import TERMS, is_language, is_term

_LANGUAGES = "http://id.loc.gov/vocabulary/iso639-1/"
_CLASS = type(rdflib.namespace.DefinedNamespace)
_CLASSES = [value for value in vars(rdflib.namespace).values() if isinstance(value, _CLASS)]
_DEFINED = {str(value._NS): value for value in _CLASSES if "_NS" in vars(value)}


@pytest.mark.parametrize("space", sorted(set(TERMS) - {_LANGUAGES}))
def test_a_vocabulary_has_all_its_terms_and_no_others(space: str) -> None:
    defined = _DEFINED[space]
    names = {name for name in defined.__annotations__ if not name.startswith("_")}
    assert TERMS[space] == names.union(defined._extras)
    assert all(is_term(f"{space}{name}") for name in names) and not is_term(f"{space}no-such-term")


def test_a_tag_of_a_language_begins_with_one_of_its_codes() -> None:
    codes = TERMS[_LANGUAGES]
    assert len(codes) == 184 and all(len(code) == 2 and code.isalpha() and code.islower() for code in codes)
    assert all(map(is_language, ("en", "en-gb", "ms", "id", "th", "vi", "tl", "lo", "km", "my", "zh-hant")))
    assert not any(map(is_language, ("em", "enn", "sp", "jp", "cn", "")))
