"""RDF as text, read with places and written with the same bytes every time.

`reading` is the one reader of every syntax, `writing` the writers of all that are published, `rdflib_bridge`
what goes to rdflib, `text_files` how a file becomes text. Knows syntaxes, not what any graph says.
"""
