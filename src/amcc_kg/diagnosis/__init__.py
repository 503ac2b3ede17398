"""What in a query is likely not meant as it stands, and what is meant instead.

Here lives what looks at the whole of a query, its tokens, its tree and the graph that it was asked of, once
an answer is there: terms that occur nowhere, variables that are a letter apart, and, for an answer without
rows, where it comes to nothing. A hint has to be true in every word, and a query without slips gets none.
How rows are justified is `amcc_kg.receipts`'s; nothing here changes an answer.
"""
