"""The dataset: its start page, its description, and the graph as files with checksums, the downloads.

These are made once for each version of the graph by a process of its own, which may import what serving does
without, and take its time. Knows files by their names; `amcc_kg.publishing.downloads`, what is in them.
"""

from __future__ import annotations

import asyncio
import marshal
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import sha256
from mimetypes import guess_type
from time import monotonic, time
from weakref import WeakKeyDictionary

from amcc_kg.publishing import filenames
from amcc_kg.serving.exchange import for_people
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import TEXT, Answer, RefusedError, Request, problem, refused
from amcc_kg.serving.resources import signposts
from amcc_kg.serving.service import Service
from amcc_kg.serving.workers import downloads_process, processes

_BY_SUFFIX = {offer.suffix: offer.media for offer in negotiation.OFFERS["graph"]} | {"xml": "application/xml"}
_BY_SUFFIX["md"] = "text/markdown; charset=utf-8"
_SECONDS = 600
# Whoever asks in vain starts no further process for so many seconds.
_PAUSE = 30.0
_CHANGED = "the files of the repository are not those of the graph that is served"


@dataclass(slots=True)
class _Build:
    """The files of one version of the graph, or the work that makes them, and when that failed."""

    version: str
    files: asyncio.Future[downloads_process.Made | str]
    failed: float | None = None


_BUILDS: WeakKeyDictionary[Service, _Build] = WeakKeyDictionary()


async def start(service: Service, request: Request) -> Answer:
    """Answer with the start page, or with the description of the dataset that it is about."""
    offer = negotiation.chosen("page" if service.config.files else "start", request)
    if offer is negotiation.HTML:
        return await service.answer(request, "start", {"base": request.base})
    return await description(service, request)


@for_people
async def files(service: Service, request: Request) -> Answer:
    """Answer with a file, or with the list of them."""
    made = await _made(service)
    if not request.rest:
        return await _index(service, request, made)
    content = made.files.get(request.rest)
    if content is None:
        return problem(404, "there is no such download; /downloads/ lists them")

    async def make() -> Answer:
        headers = [("Link", signposts.of_file(made.licences, made.authors, request.base, request.rest))]
        # RFC 9110 section 8.8.2.1: nothing has changed later than now.
        if made.changed <= time():
            headers.append(("Last-Modified", formatdate(made.changed, usegmt=True)))
        return Answer(200, content, _media(request.rest, made), tuple(headers), vary=(), ranged=True)

    return await service.remember(request, ("download", request.rest, request.base), make)


async def description(service: Service, request: Request) -> Answer:
    """Answer with what the dataset holds and where its files are: VoID and DCAT."""
    suffix = request.rest.removeprefix(".")
    if suffix and not request.rest.startswith("."):
        return problem(404, "there is nothing here; the description is at /.well-known/void")
    offer = negotiation.by_suffix("graph", suffix) if suffix else negotiation.chosen("graph", request)
    if offer is None:
        return problem(404, f"this can be had as {negotiation.media_types('graph')}")
    made = await _made(service)
    call = {"turtle": made.files[filenames.DESCRIPTION].decode(), "format": offer.name, "base": request.base}
    headers = (("Link", signposts.of_description(made.licences, made.authors)),)
    return await service.answer(request, "void", call, headers=headers)


async def dataset(service: Service) -> str | None:
    """Return the description of the dataset as it is published, None if it cannot be had."""
    try:
        return (await _made(service)).files[filenames.DESCRIPTION].decode()
    except RefusedError:
        return None


async def _index(service: Service, request: Request, made: downloads_process.Made) -> Answer:
    offer = negotiation.chosen("queries", request)
    if offer is negotiation.TURTLE:
        return await description(service, request)
    rows = [
        {"name": name, "size": len(file), "sha256": sha256(file).hexdigest(), "media": _media(name, made)}
        | {"said": made.said.get(name, "")}
        for name, file in sorted(made.files.items(), key=lambda item: (item[0] in made.media, item[0]))
    ]
    call = {"files": rows, "format": offer.name, "base": request.base}
    return await service.answer(request, "downloads", call)


async def _made(service: Service) -> downloads_process.Made:
    """Return the files of the graph that is served; raises `RefusedError` if there are none."""
    if service.config.files:
        raise refused(404, "plain files are served here, and no downloads with them")
    if not service.version:
        raise refused(503, "the graph is being loaded; try again", (("Retry-After", "5"),))
    known = _BUILDS.get(service)
    is_over = known is not None and known.failed is not None and monotonic() - known.failed > _PAUSE
    if known is None or is_over or known.version != service.version:
        known = _Build(service.version, asyncio.ensure_future(_build(service, service.version)))
        _BUILDS[service] = known
    made = await asyncio.shield(known.files)
    if not isinstance(made, str):
        return made
    if known.failed is None:
        known.failed = monotonic()
        service.log.event("downloads not made", made)
    left = (("Retry-After", str(max(1, round(_PAUSE - monotonic() + known.failed)))),)
    reason = made if made == _CHANGED else "the downloads could not be made just now"
    raise refused(503, f"{reason}; try again", left)


async def _build(service: Service, version: str) -> downloads_process.Made | str:
    """Return what the process that makes the files hands over, or what is wrong."""
    repo = () if service.config.repo is None else (str(service.config.repo.resolve()),)
    child = await asyncio.create_subprocess_exec(
        *processes.command(downloads_process.__name__, *repo),
        env=processes.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(child.communicate(), _SECONDS)
    except TimeoutError:
        return f"not done after {_SECONDS} s"
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode != 0:
        return errors.decode(errors="replace").strip()[-500:] or f"ended with {child.returncode}"
    # What is not whole, another program has printed.
    with suppress(ValueError, EOFError, TypeError):
        made = downloads_process.Made(*marshal.loads(output))
        if made.version == version:
            return made
    return _CHANGED


def _media(name: str, made: downloads_process.Made) -> str:
    if name in made.media:
        return f"{made.media[name]}; charset=utf-8"
    return _BY_SUFFIX.get(name.rpartition(".")[2]) or guess_type(name)[0] or TEXT
