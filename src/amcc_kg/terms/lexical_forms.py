"""rdflib made to keep literals as somebody wrote them: "01" stays "01", "2018-13-45"^^xsd:date is no noise.

The settings of rdflib, logging and warnings for it hold within a call only: the process is its host's.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_lock = threading.Lock()
_inside = 0
_settings = ExitStack()


@contextmanager
def kept() -> Iterator[None]:
    """Let rdflib neither rewrite literals nor complain of ill-formed ones.

    It does so in all threads, from the first that enters to the last that leaves.
    """
    global _inside
    with _lock:
        _inside += 1
        if _inside == 1:
            _set()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _settings.close()


def _set() -> None:
    import logging  # with rdflib, which brings it anyway

    import rdflib

    _settings.callback(setattr, rdflib, "NORMALIZE_LITERALS", rdflib.NORMALIZE_LITERALS)
    rdflib.NORMALIZE_LITERALS = False
    # rdflib logs a traceback for an ill-formed literal, and warns of a boolean; the shapes report it with its
    # place.
    logger = logging.getLogger("rdflib.term")
    _settings.callback(logger.removeFilter, _silent)
    logger.addFilter(_silent)
    _settings.enter_context(warnings.catch_warnings())
    warnings.filterwarnings("ignore", category=UserWarning, module=r"rdflib\.term")


def _silent(_: object) -> bool:
    return False
