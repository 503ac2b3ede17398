"""A quick reading of `amcc serve …`, every word as it should be, as `amcc_kg.cli.direct` reads queries.

Help, completion, complaints and whatever is unusual are left to `amcc_kg.cli.app`, whose word is final. A
test holds the two to the same options and the same configurations.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from amcc_kg.cli.arguments import LONGEST, sorted_out

if TYPE_CHECKING:
    from amcc_kg.serving.config import Config

REPEATED = ("--trusted-proxy",)
VALUED = ("--host", "--port", "--base", "--timeout", "--workers", "--memory", "--max-rows", "--max-bytes")
FLAGS = ("--watch", "--quiet", "-q")
# What whole numbers are if nothing is said, and within which bounds.
_NUMBERS = {
    "--port": (8080, 0, 65535),
    "--workers": (2, 1, 256),
    "--memory": (1024, 16, 1 << 20),
    "--max-rows": (500_000, 1, 1 << 60),
    "--max-bytes": (64 << 20, 1000, 1 << 60),
}
_WHOLE = re.compile(r"[0-9]{1,18}")
_SHORTEST = 0.001
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def read(arguments: list[str]) -> Config | None:
    """Return the configuration that the arguments ask for, None where the full reader has to look at them.

    Raises `InputError` for a URL or a network that is none.
    """
    if arguments[:1] != ["serve"] or "_AMCC_COMPLETE" in os.environ:
        return None
    found = sorted_out(arguments[1:], REPEATED, VALUED, FLAGS)
    if found is None:
        return None
    words, options = found
    given = {name: values[0] for name, values in options.items() if values}
    numbers: dict[str, int] = {}
    for name, (usual, least, most) in _NUMBERS.items():
        text = given.get(name, str(usual))
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            return None
        numbers[name] = int(text)
    timeout = given.get("--timeout", "10")
    if not _SECONDS.fullmatch(timeout) or not _SHORTEST <= float(timeout) <= LONGEST:
        return None

    from pathlib import Path

    from amcc_kg.serving.config import Config, base_url, network

    return Config(
        files=tuple(map(Path, words)),
        host=given.get("--host", "127.0.0.1"),
        port=numbers["--port"],
        base=base_url(given.get("--base")),
        timeout=float(timeout),
        workers=numbers["--workers"],
        memory=numbers["--memory"],
        max_rows=numbers["--max-rows"],
        max_bytes=numbers["--max-bytes"],
        watch="--watch" in options,
        trusted=tuple(map(network, options.get("--trusted-proxy", ()))),
        quiet="--quiet" in options or "-q" in options,
    )
