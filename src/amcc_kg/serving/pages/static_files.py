"""The files that pages refer to: a stylesheet and an icon, each named by what is in it.

A name that holds a checksum never changes its content, so browsers may keep it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
KEPT = (("Cache-Control", "public, max-age=31536000, immutable"),)
MEDIA = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@lru_cache(maxsize=1)
def files() -> dict[str, tuple[str, bytes]]:
    """Return every file by its name with a checksum: its media type and content."""
    read = [(path, path.read_bytes()) for path in sorted(FOLDER.iterdir()) if path.suffix in MEDIA]
    return {
        f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}": (MEDIA[path.suffix], content)
        for path, content in read
    }


def name(plain: str) -> str:
    """Return the name with a checksum of a file of the folder."""
    stem, _, suffix = plain.rpartition(".")
    return next(full for full in files() if full.startswith(f"{stem}.") and full.endswith(f".{suffix}"))
