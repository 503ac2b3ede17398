"""The closure of a graph by OWL 2 RL, and the proofs of what is in it.

One table of rules feeds the derivation (clauses, strata, fixpoint) and the explanation (proofs, words); owlrl
gives a second opinion. Knows ontologies and triples, and nothing of files, answers or passages' texts.
"""
