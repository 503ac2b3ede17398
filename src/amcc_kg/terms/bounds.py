"""What a time may be, wherever one is given: an option, a variable of the environment, a question."""

from __future__ import annotations

SHORTEST, LONGEST = 0.001, 86_400
"""Seconds that anything may be asked to take, at least and at most."""
