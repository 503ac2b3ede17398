"""Which findings count: those that are new since a file or a git revision was written.

Compares reports; validates nothing itself.
"""
