"""The constraint components, and the reader that makes shapes of a shapes graph with them.

`core` holds those of SHACL Core, a class for each; `constraints` and `custom` those of SHACL-SPARQL. A new
one is a class there and a method of `reader`. What a component asks of whoever evaluates it is
`engine.evaluation`'s; nothing here knows files or findings.
"""
