"""The constraint components, and the reader that makes shapes of a shapes graph with them.

`core` holds those of SHACL Core, `constraints` those of SHACL-SPARQL. A new one is a class there, and a line
of the table in `reader`. What a component asks of whoever evaluates it is `engine.evaluation`'s; nothing here
knows files or findings.
"""
