"""The smallest things that everything else is written in: IRIs and their prefixes, keys of terms, errors.

Knows how names are spelt, shortened and suggested, and what an error that a user meets looks like. Nothing
here reads a file or knows a graph, an engine or a library of RDF.
"""
