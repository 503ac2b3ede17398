"""Pages from templates: escaped, without scripts, the same bytes for the same graph and address.

Knows the templates' folder and what every page carries. Knows nothing of what a page is about.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import amcc_kg
from amcc_kg import terms
from amcc_kg.web import statements, static_files

if TYPE_CHECKING:
    from amcc_kg.web.tasks import Loaded

FOLDER = Path(__file__).parent / "templates"


def prepare(loaded: Loaded) -> None:
    """Compile the templates, and tell them what stands on every page; after the statements are indexed."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters["url"] = lambda text: quote(str(text), safe="")
    found = statements.of(loaded)
    titles = found.values(f"{terms.BASE}dataset", f"{terms.PREFIXES['dcterms']}title")
    environment.globals |= {
        "site": titles[0].partition(":")[0] if titles else "Knowledge graph",
        "version": loaded.version,
        "program": f"amcc-kg {amcc_kg.__version__}",
        "stylesheet": static_files.name("style.css"),
        "icon": static_files.name("icon.svg"),
        "has_queries": loaded.knowledge is not None,
        "has_documents": bool(found.below(f"{terms.BASE}document/")),
    }
    for template in environment.list_templates():
        environment.get_template(template)
    loaded.prepared["templates"] = environment


def page(loaded: Loaded, template: str, base: str, **content: Any) -> bytes:
    """Return a page; `base` is the URL of this server as the reader knows it."""
    environment: Environment = loaded.prepared["templates"]
    text = environment.get_template(template).render(root=urlsplit(base).path or "/", base=base, **content)
    return text.encode()
