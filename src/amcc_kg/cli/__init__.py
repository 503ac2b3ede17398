"""The command line: the verbs, their options, and what each does with what the other rooms offer.

Here words become values and errors become lines of text and exit codes; no room below knows of either.
"""
