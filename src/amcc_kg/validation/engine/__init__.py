"""Evaluating shapes: the data as columns, shapes on them, several processes, and the engines by name.

Knows no constraint component in particular, no files, and no words for what is found: results are numbers.
"""
