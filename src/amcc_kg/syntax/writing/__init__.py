"""RDF as bytes that never change: each writer sorts everything and keeps every literal's lexical form.

rdflib's own writers are not used for what is published: Turtle rewrites `"1"^^xsd:boolean` to `1` and
`"1"^^xsd:decimal` to `1.0`, JSON-LD turns `"01"^^xsd:integer` into the number 1, and the order of JSON-LD and
RDF/XML follows the hash seed of the process. The writers here know terms and graphs; they know no vocabulary.
"""
