"""Answers with their receipts written down: columns for programs, notes for people, RDF.

What a receipt is and how it is found is not for here, nor how an answer without receipts is written.
"""
