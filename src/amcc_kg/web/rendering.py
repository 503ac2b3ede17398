"""Pages from templates: escaped, without scripts, the same bytes for the same graph and address.

Knows the templates' folder and what every page carries. Knows nothing of what a page is about.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined

import amcc_kg
from amcc_kg import compiled, terms
from amcc_kg.web import statements, static_files

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

    from amcc_kg.web.tasks import Loaded

FOLDER = Path(__file__).parent / "templates"


class _Kept(FileSystemBytecodeCache):
    """Compiled templates, kept beside compiled graphs, because to compile them takes half of a start.

    They are code, so they are read only from a folder that nobody else can have written to.
    """

    def __init__(self) -> None:
        folder = compiled.cache_folder() / "templates"
        self.is_ours = False
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            told = folder.lstat()
            self.is_ours = told.st_uid == os.getuid() and stat.S_IMODE(told.st_mode) == 0o700
        super().__init__(str(folder), "%s.jinja")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept of a template, unless it cannot be read."""
        with suppress(OSError):
            if self.is_ours:
                super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, unless it cannot be written."""
        with suppress(OSError):
            if self.is_ours:
                super().dump_bytecode(bucket)


def prepare(loaded: Loaded) -> None:
    """Compile the templates and tell them what stands on every page; after the statements are indexed."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_Kept(),
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
