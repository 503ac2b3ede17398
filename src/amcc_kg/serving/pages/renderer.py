"""Pages from templates: escaped, without scripts, the same bytes for the same graph and address.

Knows the templates' folder and what every page carries. Knows nothing of what a page is about.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from amcc_kg.graph import cache
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer
from amcc_kg.serving.pages import static_files
from amcc_kg.serving.resources import statements
from amcc_kg.serving.workers.tasks import Loaded, once
from amcc_kg.syntax.text_files import write_whole
from amcc_kg.terms import prefixes
from amcc_kg.terms.version import __version__

FOLDER = Path(__file__).parent / "templates"
# What stands before each compiled template, in bytes.
_DIGEST = sha256().digest_size


class _Kept(BytecodeCache):
    """Compiled templates, kept beside compiled graphs, because to compile them takes half of a start.

    They are code, and code that was damaged ends a process or does anything: so they are read only from a
    folder that nobody else can have written to, and only as they were written, by the digest before them.
    """

    def __init__(self) -> None:
        self._folder = cache.cache_folder() / "templates"
        self._is_ours = False
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            told = self._folder.lstat()
            self._is_ours = told.st_uid == os.getuid() and stat.S_IMODE(told.st_mode) == 0o700

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept of a template, if it is whole; else the template is compiled, and kept, anew."""
        with suppress(OSError):
            kept = self._path(bucket).read_bytes() if self._is_ours else b""
            if kept[:_DIGEST] == sha256(kept[_DIGEST:]).digest():
                bucket.bytecode_from_string(kept[_DIGEST:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, whole or not at all, unless it cannot be written."""
        code = bucket.bytecode_to_string()
        with suppress(OSError):
            if self._is_ours:
                write_whole(sha256(code).digest() + code, self._path(bucket))

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.jinja"


@once
def templates(loaded: Loaded) -> Environment:
    """Return the compiled templates, which are told what stands on every page."""
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
    found = statements.of(loaded)
    titles = found.values(prefixes.DATASET, prefixes.full("dcterms:title"))
    environment.filters |= {
        "url": lambda text: quote(str(text), safe=""),
        "short": prefixes.shorten,
        "fragment": lambda iri: iri.partition("#")[2],
    }
    environment.globals |= {
        "site": titles[0].partition(":")[0] if titles else "Knowledge graph",
        # That which receipts name: what is absent is absent from it.
        "version": loaded.knowledge.compiled.key.graph[:16] if loaded.knowledge else loaded.version,
        "program": f"amcc-kg {__version__}",
        "stylesheet": static_files.name("style.css"),
        "icon": static_files.name("icon.svg"),
        "has_queries": loaded.knowledge is not None,
        "has_documents": bool(found.below(f"{prefixes.BASE}document/")),
    }
    for template in environment.list_templates():
        environment.get_template(template)
    return environment


def page(loaded: Loaded, template: str, base: str, *, status: int = 200, **content: Any) -> Answer:
    """Return a page as the answer of a task; `base` is the URL of this server as the reader knows it."""
    found = templates(loaded).get_template(template)
    body = found.render(root=urlsplit(base).path or "/", base=base, **content).encode()
    # Only a good one may be stored.
    return Answer(status, body, negotiation.HTML.media, storable=status == 200)
