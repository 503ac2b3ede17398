"""What a set of triples holds, counted as VoID has it (https://www.w3.org/TR/void/).

Terms come and go as N-Triples spells them, so that the build, which has one RDF library, and the server,
which has another, count alike. Knows no files and no titles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from hashlib import sha256

from amcc_kg.terms import prefixes

Spelt = tuple[str, str, str]

# Sets of things elsewhere that links may lead to: a name, what their IRIs begin with, where they are at home.
ELSEWHERE = (("wikidata", prefixes.PREFIXES["wd"], "https://www.wikidata.org/"),)
_VOID = prefixes.PREFIXES["void"]
_TYPE = f"<{prefixes.RDF}type>"


def statistics(dataset: str, triples: Collection[Spelt]) -> list[str]:
    """Return as N-Triples how many triples, entities, classes, … a dataset holds.

    Entities are the things described whose IRIs begin with the URI space, which is stated with them.
    """
    subjects = {s for s, _, _ in triples}
    counts = {
        "triples": len(triples),
        "entities": sum(map(_is_ours, subjects)),
        "classes": len({o for _, p, o in triples if p == _TYPE and o.startswith("<")}),
        "properties": len({p for _, p, _ in triples}),
        "distinctSubjects": len(subjects),
        "distinctObjects": len({o for _, _, o in triples}),
    }
    return _said(dataset, **counts, uriSpace=f'"{prefixes.BASE}"')


def partitions(dataset: str, triples: Collection[Spelt]) -> list[str]:
    """Return as N-Triples a dataset's partitions by class, by property, and by property within each class."""
    classes: dict[str, set[str]] = defaultdict(set)
    for s, p, o in triples:
        if p == _TYPE and o.startswith("<"):
            classes[s].add(o)
    members = Counter(c for s, found in classes.items() if _is_ours(s) for c in found)
    lines: list[str] = []
    within: Counter[tuple[str, str]] = Counter((c, p) for s, p, _ in triples for c in classes.get(s, ()))
    for c in sorted(set().union(*classes.values())):
        node = f"{dataset}#class-{_slug(c)}"
        lines += _said(dataset, classPartition=f"<{node}>")
        lines += _said(node, **{"class": c}, entities=members[c])
    for (c, p), count in sorted(within.items()):
        lines += _property(f"{dataset}#class-{_slug(c)}", f"{dataset}#class-{_slug(c)}-", p, count)
    for p, count in sorted(Counter(p for _, p, _ in triples).items()):
        lines += _property(dataset, f"{dataset}#", p, count)
    return lines


def links(dataset: str, triples: Collection[Spelt]) -> list[str]:
    """Return as N-Triples the sets of links that lead elsewhere, one for each property that makes them."""
    lines: list[str] = []
    for name, space, home in ELSEWHERE:
        begins = f"<{space}"
        found = Counter(p for s, p, o in triples if o.startswith(begins) and _is_ours(s))
        target = f"{dataset}#{name}"
        for p, count in sorted(found.items()):
            node = f"{dataset}#links-{_slug(p)}-{name}"
            ends = {"subjectsTarget": f"<{dataset}>", "objectsTarget": f"<{target}>"}
            lines += [f"<{node}> {_TYPE} <{_VOID}Linkset> .", *_said(dataset, subset=f"<{node}>")]
            lines += _said(node, **ends, linkPredicate=p, triples=count)
        if found:
            lines += [f"<{target}> {_TYPE} <{_VOID}Dataset> .", *_said(target, uriSpace=f'"{space}"')]
            lines.append(f"<{target}> <{prefixes.PREFIXES['foaf']}homepage> <{home}> .")
    return lines


def _property(whole: str, prefix: str, predicate: str, count: int) -> list[str]:
    node = f"{prefix}property-{_slug(predicate)}"
    return _said(whole, propertyPartition=f"<{node}>") + _said(node, property=predicate, triples=count)


def _is_ours(spelt: str) -> bool:
    return spelt.startswith(f"<{prefixes.BASE}")


def _said(subject: str, **values: str | int) -> list[str]:
    """Return what is said of a subject in VoID's terms: numbers, and other terms as they are spelt."""
    number = f'"{{}}"^^<{prefixes.XSD}integer>'
    spelt = ((name, number.format(v) if isinstance(v, int) else v) for name, v in values.items())
    return [f"<{subject}> <{_VOID}{name}> {value} ." for name, value in spelt]


def _slug(spelt: str) -> str:
    short = prefixes.ShortNames(prefixes.PREFIXES).shorten(spelt[1:-1])
    return short.replace(":", "-") if short else sha256(spelt.encode()).hexdigest()[:12]
