"""Why a triple holds, rule by rule down to passages, or what is nearest to it if it does not hold.

`explanation` is the answer, in words; `steps` and `nearest` what it is made of, `drawing` and `markup` other
forms it is shown in, `contradictions` the words that come with a refused graph. Nothing here derives or
traces: proofs come from `amcc_kg.reasoning`, places from `amcc_kg.syntax.reading`.
"""
