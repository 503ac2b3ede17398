"""Exclusive canonical XML, with comments, of what expat reports: the lexical form of an `rdf:XMLLiteral`.

https://www.w3.org/TR/xml-exc-c14n/ with an empty list of inclusive prefixes. Names are as expat gives them,
`namespace local prefix`.
"""

from __future__ import annotations

from collections.abc import Sequence

from amcc_kg.syntax.reading import xml_tags

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


class CanonicalXml:
    """Takes what stands inside one element, in its order, and has it as text."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.parts: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = [("", {"": ""})]  # name, and namespaces as written

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._open) - 1

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Take a start tag; `attributes` has names and values in turn."""
        space, local, prefix = xml_tags.split(name)
        qualified, used = _qualified(local, prefix), {prefix: space}
        pairs: list[tuple[str, str, str, str]] = []
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            its_space, its_local, its_prefix = xml_tags.split(key)
            if its_prefix and its_prefix != "xml":
                used[its_prefix] = its_space
            pairs.append((its_space, its_local, _qualified(its_local, its_prefix), value))
        written = self._open[-1][1]
        new = sorted((p, uri) for p, uri in used.items() if p != "xml" and written.get(p) != uri)
        self.parts.append(f"<{qualified}")
        names = [(f"xmlns:{p}" if p else "xmlns", uri) for p, uri in new]
        names += [(its_name, value) for _, _, its_name, value in sorted(pairs)]
        self.parts += [f' {its_name}="{value.translate(_VALUE)}"' for its_name, value in names]
        self.parts.append(">")
        self._open.append((qualified, {**written, **dict(new)}))

    def end(self) -> None:
        """Take the end tag of the innermost element."""
        self.parts.append(f"</{self._open.pop()[0]}>")

    def text(self, text: str) -> None:
        """Take text."""
        self.parts.append(text.translate(_TEXT))

    def comment(self, text: str) -> None:
        """Take a comment."""
        self.parts.append(f"<!--{text}-->")

    def instruction(self, target: str, text: str) -> None:
        """Take a processing instruction."""
        self.parts.append(f"<?{target} {text}?>" if text else f"<?{target}?>")


def _qualified(local: str, prefix: str) -> str:
    return f"{prefix}:{local}" if prefix else local
