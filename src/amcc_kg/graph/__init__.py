"""The compiled graph: made, kept, opened and asked.

Holds the compiler and its cache, the store and the endpoint that can stand in for it, the values of answers
and how they are written down, and processes that may die in place of the caller's. Knows no receipts: they
are handed in.
"""
