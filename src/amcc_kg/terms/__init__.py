"""The smallest things that everything else is written in: IRIs and their prefixes, keys of terms, errors.

Knows how names are spelt, shortened and suggested, where the lines of a text are, and what an error that a
user meets looks like. Nothing here reads a file or knows a graph; a library of RDF is met only where a key
becomes its term, with the lexical form kept.
"""
