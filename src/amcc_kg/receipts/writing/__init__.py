"""Receipts written down: columns for programs, notes for people, RDF."""
