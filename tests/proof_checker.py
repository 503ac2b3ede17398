"""Proofs checked step by step, as `amcc verify --receipts` checks them."""

from __future__ import annotations

from collections.abc import Callable

from pyoxigraph import Triple

from amcc_kg.evidence.proof_checker import Proof, fault


def check(proof: Proof, asserted: Callable[[Triple], bool]) -> None:
    """Raise AssertionError if a step is no instance of its rule, a leaf not asserted, or support circular."""
    found = fault(proof, asserted, asserted)
    assert not found, found
