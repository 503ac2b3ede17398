"""The server does what its OpenAPI description promises: schemathesis reads the one and asks the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from live import Server, settles

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def test_every_operation_answers_as_it_is_described(tmp_path: Path):
    with Server("--quiet", cwd=Path(__file__).parent) as running:
        # Made once, when first asked for; until then a part of the description is not yet true.
        assert settles(lambda: running.get("/downloads/", timeout=60).status == 200, 60)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{running.url}openapi.json"),
                *("--checks", ",".join(CHECKS), "--max-examples", "10", "--generation-deterministic"),
                # HEAD is held against GET for every kind of address by the tests of linked data.
                *("--request-timeout", "30", "--no-color", "--exclude-method", "HEAD"),
            ],
            cwd=tmp_path,  # it keeps what it finds there
            capture_output=True,
            timeout=240,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert "Tested: " in done.stdout
        assert running.query("ASK {}").status == 200
