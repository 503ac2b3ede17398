"""Text put into XML. (`xml.sax.saxutils` does it too, and imports a client for HTTP on the way.)"""

from __future__ import annotations


def text(value: str) -> str:
    """Return text for the content of an element; a carriage return too comes out as it went in."""
    from html import escape  # its table of entities takes time to load

    return escape(value, quote=False).replace("\r", "&#13;")


def attribute(value: str) -> str:
    """Return text as the value of an attribute, with its quotation marks; line breaks and tabs are kept."""
    inner = text(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{inner}"'
