"""Feed the parsers that know places what a coverage-guided fuzzer thinks of; needs atheris.

`tests/syntax/test_fuzzing.py` runs it for a few seconds. For longer, with examples to start from and to add
to:

python tests/fuzz_positions.py -max_total_time=300 [FOLDER_OF_EXAMPLES]
"""

from __future__ import annotations

import resource
import sys

import atheris

with atheris.instrument_imports():
    from amcc_kg.syntax.reading import parse

MEMORY = 2 << 30  # bytes; what a text of some hundred characters may not come near
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
    # The fuzzer's own limit goes by the most that was ever resident, which on Linux a process inherits from
    # the one that started it: a large test run would be taken for a fault of the parser.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    atheris.Setup([*sys.argv, "-rss_limit_mb=0"], read)
    atheris.Fuzz()
