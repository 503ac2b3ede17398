"""Shapes tried by themselves: what passes and what fails, which constraints the data can break at all, as a
table.

Nothing is said that was not evaluated. No file is read or written here.
"""
