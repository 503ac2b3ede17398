"""The controlled vocabularies that DCAT-AP names (https://semiceu.github.io/DCAT-AP/releases/3.0.0/).

The EU's authority tables, as far as descriptions refer to them: which IRI stands for what, and its label.
Which theme or place a dataset has is no matter of this module.
"""

from __future__ import annotations

_TABLES = "http://publications.europa.eu/resource/authority/"
THEMES = f"{_TABLES}data-theme"
ONTOLOGY = f"{_TABLES}dataset-type/ONTOLOGY"

_THEMES = {
    "AGRI": "Agriculture, fisheries, forestry and food",
    "ECON": "Economy and finance",
    "EDUC": "Education, culture and sport",
    "ENER": "Energy",
    "ENVI": "Environment",
    "GOVE": "Government and public sector",
    "HEAL": "Health",
    "INTR": "International issues",
    "JUST": "Justice, legal system and public safety",
    "OP_DATPRO": "Provisional data",
    "REGI": "Regions and cities",
    "SOCI": "Population and society",
    "TECH": "Science and technology",
    "TRAN": "Transport",
}
_AVAILABILITIES = ("AVAILABLE", "EXPERIMENTAL", "STABLE", "TEMPORARY")
# What licences ask for, by what their IRIs begin with.
_LICENCES = {
    "https://creativecommons.org/licenses/by/": "http://purl.org/adms/licencetype/Attribution",
    "https://creativecommons.org/publicdomain/zero/": "http://purl.org/adms/licencetype/PublicDomain",
}

# The labels of concepts, in English.
LABELS = {
    **{f"{THEMES}/{code}": label for code, label in _THEMES.items()},
    **{f"{_TABLES}planned-availability/{code}": code.capitalize() for code in _AVAILABILITIES},
    **{kind: kind.rpartition("/")[2] for kind in _LICENCES.values()},
    ONTOLOGY: "Ontology",
}


def file_type(code: str) -> str:
    """Return the IRI of a kind of file by its code in the EU's table."""
    return f"{_TABLES}file-type/{code}"


def licence_type(iri: str) -> str | None:
    """Return the IRI of what a licence asks for, None if that is not known here."""
    return next((kind for start, kind in _LICENCES.items() if iri.startswith(start)), None)
