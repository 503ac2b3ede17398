"""The process that makes the downloads: prints them, packed, on standard output, and ends.

Started by the server with the folder of the repository. Imports the heavy parts that serving does without.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def unpack(packed: bytes) -> tuple[str, dict[str, bytes]] | None:
    """Return the version and the files of what this process prints, None if it is not whole."""
    head, mark, body = packed.partition(b"\n")
    try:
        spec = json.loads(head)
    except ValueError:
        return None
    if not mark or sum(spec["sizes"].values()) != len(body):
        return None
    files, at = {}, 0
    for name, size in spec["sizes"].items():
        files[name] = body[at : at + size]
        at += size
    return spec["version"], files


def pack(version: str, files: dict[str, bytes]) -> bytes:
    """Return files as one line of JSON and their bytes."""
    head = {"version": version, "sizes": {name: len(content) for name, content in files.items()}}
    return json.dumps(head).encode() + b"\n" + b"".join(files.values())


def main(arguments: list[str]) -> int:
    """Make the downloads of the repository in a folder, or of the one around or installed."""
    from amcc_kg import compiling, publish, repository
    from amcc_kg.errors import AmccError
    from amcc_kg.web import loading

    try:
        found = repository.find(Path(arguments[0]) if arguments else None)
        compiled, shapes = compiling.compile_graph(found), loading.shapes_of(found)
        files = publish.downloads(found.dataset(), compiling.inferred_triples(compiled), found)
    except AmccError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.buffer.write(pack(loading.version_of(compiled, shapes), files))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
