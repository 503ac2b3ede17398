"""What is published as files: downloads in every syntax, their evidence, their description.

Knows VoID, DCAT and reification. How files travel to those who ask for them is `serving`'s.
"""
