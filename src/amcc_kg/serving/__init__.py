"""The server: SPARQL 1.1 Protocol, linked data and pages over one compiled graph.

One process speaks HTTP and never touches RDF; forked workers hold the graph and may be killed at any time.
Needs the optional dependencies of the extra `serve`; nothing else in the package imports this one.
"""
