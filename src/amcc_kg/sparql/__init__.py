"""SPARQL as text: the one reader of queries, their tree, its printer, and what a query may not do.

Knows the language and nothing of any graph or engine: what evaluates a query lives in rooms above.
"""
