"""The folders that people write: ontology/, data/, queries/, seeds/, as files with kinds and places.

Knows documents, passages, saved queries with their headers, citations, and IRIs that are gone. Nothing here
reasons, compiles or asks an engine.
"""
