"""A shapes graph as values: its triples by subject, property paths, what literals mean, SHACL's names and
rules.

Nothing here looks at data, and nothing is evaluated.
"""
