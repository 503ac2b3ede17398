"""The compiled graph: made, kept, opened and asked.

Holds the compiler and its cache, the store and the endpoint that can stand in for it, the values of answers
and of receipts, how answers are written down, and processes that may die in place of the caller's. Knows not
how receipts are found: they are handed in.
"""
