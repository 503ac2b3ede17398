"""Feed the parsers that know places what a coverage-guided fuzzer thinks of; needs atheris.

`tests/syntax/test_fuzzing.py` runs it for a few seconds. For longer, with examples to start from and to add
to:

python tests/fuzz_positions.py -max_total_time=300 [FOLDER_OF_EXAMPLES]
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from amcc_kg.syntax.reading import parse

SYNTAXES = ("turtle", "trig", "nt", "nquads")


def read(data: bytes) -> None:
    """Read a text, whose first byte chooses the syntax, and ask where everything is."""
    text = data[1:].decode("utf-8", "replace")
    source = parse(text, SYNTAXES[data[0] % 4] if data else "turtle", base="http://example.org/")
    size = len(source.text)
    for problem in source.problems:
        if not 0 <= problem.span.start <= problem.span.end <= size:
            raise AssertionError(problem)
    for row in range(len(source)):
        for span in (
            source.term_span(source.s_at[row]),
            source.term_span(source.p_at[row]),
            source.term_span(source.o_at[row]),
        ):
            if not 0 <= span.start < span.end <= size:
                raise AssertionError(span)


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
