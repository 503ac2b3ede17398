"""The evidence rule: a triple stands in the graph only because a passage of a source says it.

`verify` holds the repository to the rule; `seal` records, for each passage, which triples were judged
against it. `receipt_checker`, with `sufficiency`, `counterexamples` and `citation_checker`, and
`proof_checker` hold what answers rest on to what the graph says, and know nothing of how it was found.
"""

from amcc_kg.evidence.seals import passage_digests, seal, statements_digest
from amcc_kg.evidence.verification import Problem, Verification, text_digest, verify

__all__ = ["Problem", "Verification", "passage_digests", "seal", "statements_digest", "text_digest", "verify"]
