"""What the graph knows of the resources that IRIs stand for, and how that is written as RDF.

Here lie the index of statements, which paths mean which IRIs, descriptions of things as values, ontologies,
what is told of the dataset. No page, no request, no query: those are in the rooms above.
"""
