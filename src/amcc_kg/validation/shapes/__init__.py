"""A shapes graph as values: shapes, targets, paths, the names and the syntax rules of SHACL.

Nothing here looks at data.
"""
