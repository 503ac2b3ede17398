"""The C library's memory allocator, told what closing a large graph asks of it. Knows nothing of graphs."""

from __future__ import annotations

from functools import cache

_MXFAST = 1  # `M_MXFAST` of glibc's malloc.h: up to which size freed pieces are kept apart


@cache
def merge_what_is_freed() -> bool:
    """Have freed memory joined at once to what is free beside it, for the rest of this process.

    glibc keeps small pieces apart and joins millions of them whenever a large one is asked for, which for the
    engine's updates of a million triples is a tenth of the time (`benchmarks/reasoning.py`). Returns whether
    the C library took it; those that know no such setting have no such habit.
    """
    import ctypes

    try:
        return bool(ctypes.CDLL(None).mallopt(_MXFAST, 0))
    except (AttributeError, OSError, TypeError):
        return False
