"""Explanations as drawings: Mermaid's text, and SVG laid out here, conclusion above, passages below.

Knows how wide letters are, roughly. The SVG needs no script and no font file, and has a title and a
description for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from textwrap import wrap

from amcc_kg.explain.steps import Ground, Step
from amcc_kg.terms import prefixes, xml_text

_LETTER, _LINE, _PAD, _GAP, _DROP = 6.6, 16, 10, 18, 46  # pixels
_WIDEST = 38  # letters in a line
_MERMAID = str.maketrans({"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;"})


def mermaid(steps: tuple[Step, ...]) -> str:
    """Return proofs as a Mermaid flowchart, from passages up to the conclusion."""
    lines = ["flowchart BT"]
    numbers = count(1)

    def draw(box: _Box) -> str:
        name = f"n{next(numbers)}"
        texts = "<br>".join(text.translate(_MERMAID) for text in box.lines)
        lines.append(f'    {name}(["{texts}"])' if box.stated else f'    {name}["{texts}"]')
        arrow = f"-->|{box.label}|" if box.label else "-->"
        for inner in box.below:
            lines.append(f"    {draw(inner)} {arrow} {name}")
        return name

    for step in steps:
        draw(_box(step))
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    return wrap(text, _WIDEST) or [""]


def _source(ground: Ground) -> list[str]:
    """Return the lines that say who states a triple and where, places unbroken."""
    citation, graph = ground.citation, ground.graph
    if citation is None:
        return [*_wrapped(prefixes.shorten(graph)), *ground.places]
    words = " … ".join(f"“{quote}”" for quote in citation.quotes)
    told = f"{citation.title}, {citation.name}: {words}".rstrip(": ")
    return [*_wrapped(told), *ground.places]


@dataclass(slots=True)
class _Box:
    """A box of a drawing; `label` is the rule on the way to it, x and y are of its upper left corner."""

    lines: list[str]
    stated: bool = True
    label: str = ""
    below: list[_Box] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        return max(len(text) for text in self.lines) * _LETTER + 2 * _PAD

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 2 * _PAD

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    def walk(self) -> Iterator[_Box]:
        yield self
        for box in self.below:
            yield from box.walk()


def svg(steps: tuple[Step, ...], title: str, description: str) -> str:
    """Return proofs as one SVG image, side by side; `title` and `description` say what it shows."""
    boxes = [_box(step) for step in steps]
    right = float(_GAP)
    for box in boxes:
        right = _place(box, right, float(_GAP)) + _GAP
    everything = [inner for box in boxes for inner in box.walk()]
    width = max(box.x + box.width for box in everything) + _GAP
    height = max(box.y + box.height for box in everything) + _GAP
    size = f'width="{width:.0f}" height="{height:.0f}"'
    image = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        'aria-labelledby="proof-title proof-desc" font-family="system-ui, sans-serif" font-size="12">',
        f'<title id="proof-title">{xml_text.text(title)}</title>',
        f'<desc id="proof-desc">{xml_text.text(description)}</desc>',
        f'<rect {size} fill="#ffffff"/>',
        *(line for box in everything for line in _lines(box)),
        *(shape for box in everything for shape in _shape(box)),
    ]
    return "\n".join([*image, "</svg>\n"])


def _box(step: Step) -> _Box:
    below = [_box(premise) for premise in step.premises]
    if step.rule is not None and not below:
        # Which axioms a step rests on, places unbroken so that they can be copied.
        below = [_Box([*_wrapped(step.axioms or "the ontology"), *step.axiom_places])]
    below += [_Box(_source(ground)) for ground in step.grounds]
    return _Box(_wrapped(step.words), False, step.rule or "", below)


def _place(box: _Box, left: float, top: float) -> float:
    """Put a box above what it rests on, all of it right of `left`; return where it ends."""
    box.y = top
    end = left
    for number, inner in enumerate(box.below):
        end = _place(inner, end + (_GAP if number else 0), top + box.height + _DROP)
    if not box.below:
        box.x = left
        return left + box.width
    first, last = box.below[0], box.below[-1]
    middle = (first.x + last.x + last.width) / 2
    box.x = max(left, middle - box.width / 2)
    return max(end, box.x + box.width)


def _lines(box: _Box) -> Iterator[str]:
    end = f'x2="{box.middle:.1f}" y2="{box.y + box.height:.1f}"'
    for inner in box.below:
        yield f'<line x1="{inner.middle:.1f}" y1="{inner.y:.1f}" {end} stroke="#5b6770"/>'


def _shape(box: _Box) -> Iterator[str]:
    fill, corner = ("#fbf6e6", 14) if box.stated else ("#eef4fb", 4)
    size = f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{corner}"'
    yield f'<rect x="{box.x:.1f}" y="{box.y:.1f}" {size} fill="{fill}" stroke="#5b6770"/>'
    for number, text in enumerate(box.lines):
        y = box.y + _PAD + (number + 0.75) * _LINE
        place = f'x="{box.middle:.1f}" y="{y:.1f}" text-anchor="middle"'
        yield f'<text {place} fill="#1c2429">{xml_text.text(text)}</text>'
    if box.label:
        place = f'x="{box.middle + 6:.1f}" y="{box.y + box.height + _LINE:.1f}"'
        yield f'<text {place} fill="#46525a" font-size="11">{xml_text.text(box.label)}</text>'
