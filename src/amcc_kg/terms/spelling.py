"""Which known name is spelt most like another: what "did you mean …?" asks.

`closest` and `nearest` compare with each name. `Names` answers in a time that does not grow with how many are
known: of many, it compares those that begin or end most like the one that is looked for; whatever the slip,
what stands before it or behind it is the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Sequence

from amcc_kg.terms.look_alikes import plain

FEW = 512
"""Of so many names, each is compared."""

CUTOFF = 0.6
"""How much of two texts has to agree at least for the one to be meant by the other."""

LOCAL_CUTOFF = 0.75
"""The same for the local names of two IRIs in one namespace."""

_BESIDE = 24
_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))


def closest(name: str, known: Iterable[str], cutoff: float = CUTOFF) -> str | None:
    """Return the known name that is most like `name`, None when none is much like it."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(b=name)
    best, found = cutoff, None
    for other in sorted(known):
        # Two texts agree in no more than the shorter one has.
        if 2 * min(len(name), len(other)) < best * (len(name) + len(other)):
            continue
        matcher.set_seq1(other)
        if matcher.quick_ratio() >= best and (ratio := matcher.ratio()) >= best:
            # Of equally near ones the last in the alphabet, as in `difflib.get_close_matches`.
            best, found = ratio, other
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the known name nearest to `name`, or nothing when none is near."""
    match = closest(name, known)
    return f"; did you mean {match!r}?" if match else ""


def is_slip(name: str, meant: str) -> bool:
    """Tell whether one typing error makes a name of another: a letter more, less, other, or two swapped.

    Names that differ in a digit are told apart on purpose, and very short ones are all alike.
    """
    if abs(len(name) - len(meant)) > 1 or max(len(name), len(meant)) < 3 or name == meant:
        return False
    start = _alike(name, meant)
    end = _alike(name[start:][::-1], meant[start:][::-1])
    one, other = name[start : len(name) - end], meant[start : len(meant) - end]
    if any(map(str.isdigit, one + other)):
        return False
    if len(one) == len(other) == 2:
        return one == other[::-1]
    return len(one) <= 1 and len(other) <= 1 and (len(one) != len(other) or len(name) > 3)


def is_meant(text: str, other: str) -> bool:
    """Tell whether a text is another with one typing error, or in other cases of letters."""
    return is_slip(text, other) or text.casefold() == other.casefold()


def is_apart(name: str, other: str) -> bool:
    """Tell whether names differ in nothing but digits: they are told apart on purpose."""
    return name.translate(_NO_DIGITS) == other.translate(_NO_DIGITS)


def nearest_iri(iri: str, known: Collection[str], spaces: Container[str] = ()) -> str | None:
    """Return the IRI that one may stand for, None for none: a slip away, of the same name, or spelt alike.

    Of the same local name in several namespaces it is rather one in one of `spaces`.
    """
    meant = plain(iri)
    if meant != iri and meant in known:
        return meant
    space = namespace(f"{meant}>")
    local = meant[len(space) :]
    beside = [
        other[len(space) :]
        for other in known
        if other.startswith(space)
        and namespace(f"{other}>") == space
        and not is_apart(local, other[len(space) :])
    ]
    if slips := [other for other in beside if is_meant(local, other)]:
        return f"{space}{min(slips)}"
    # In its namespace, or a sign too many at its end.
    near = (o for o in known if abs(len(o) - len(meant)) < 2 and is_slip(meant, o))
    if slips := [other for other in near if namespace(f"{other}>") != space]:
        return min(slips)
    if elsewhere := [other for other in known if local and other == f"{namespace(f'{other}>')}{local}"]:
        return min(elsewhere, key=lambda other: (namespace(f"{other}>") not in spaces, other))
    name = Names(beside, LOCAL_CUTOFF).nearest(local)
    return f"{space}{name}" if name else None


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


class Names:
    """Names to look among; the same name is found in whatever order they are given."""

    __slots__ = ("_backward", "_cutoff", "_forward", "_found")

    def __init__(self, names: Iterable[str], cutoff: float) -> None:
        """Take names; `cutoff`, from 0 to 1, is how much of two texts has to agree at least."""
        self._forward = sorted(set(names))
        self._backward: list[str] | None = None
        self._cutoff = cutoff
        self._found: dict[str, str | None] = {}

    def nearest(self, name: str) -> str | None:
        """Return the name that is spelt most like another, None if none is near enough."""
        if name not in self._found:
            self._found[name] = closest(name, self._candidates(name), self._cutoff)
        return self._found[name]

    def _candidates(self, name: str) -> Iterable[str]:
        if len(self._forward) <= FEW:
            return self._forward
        if self._backward is None:
            self._backward = sorted(other[::-1] for other in self._forward)
        begin, end = _beside(self._forward, name), _beside(self._backward, name[::-1])
        return {*begin, *(other[::-1] for other in end)}


class NamesBySpace:
    """IRIs to look among, as keys: of those in the same namespace, the one whose local name is nearest.

    Whole IRIs of one namespace are alike whatever they name, so they are never compared.
    """

    __slots__ = ("_keys", "_spaces")

    def __init__(self, keys: Iterable[str]) -> None:
        """Take keys of terms, read when first asked; what is no IRI is left out."""
        self._keys = keys
        self._spaces: dict[str, Names] = {}

    def nearest(self, key: str) -> str | None:
        """Return the IRI whose local name is spelt most like that of another, None if none is near enough."""
        space = namespace(key)
        start = len(space)
        if space not in self._spaces:
            self._keys = keys = list(self._keys)
            near_by = (k[start:-1] for k in keys if k.startswith(space) and namespace(k) == space)
            self._spaces[space] = Names(near_by, LOCAL_CUTOFF)
        near = self._spaces[space].nearest(key[start:-1])
        return None if near is None else f"{space}{near}>"


def namespace(key: str) -> str:
    """Return what stands before the local name in the key of an IRI, with the sign that opens it."""
    return key[: max(key.rfind("#"), key.rfind("/", 0, -1)) + 1]


def _beside(ordered: Sequence[str], name: str) -> Sequence[str]:
    """Return the names on either side of where a name would stand: those that begin most like it."""
    at = bisect_left(ordered, name)
    return ordered[max(0, at - _BESIDE) : at + _BESIDE]
