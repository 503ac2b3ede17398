"""Downloads over HTTP: whole or in part, the files that `amcc build` writes, with checksums that hold."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from live import Server, settles
from pyoxigraph import RdfFormat, parse

ROOT = Path(__file__).parents[2]
MEDIA = {
    "ttl": "text/turtle; charset=utf-8",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "xml": "application/xml",
    "md": "text/markdown; charset=utf-8",
    "SHA256SUMS": "text/plain; charset=utf-8",
}
WHOLE = "/downloads/amcc-kg.nt"


@pytest.fixture(scope="module")
def sums(site: Server) -> dict[str, str]:
    answer = site.get("/downloads/SHA256SUMS", timeout=60)
    assert answer.status == 200
    pairs = (line.split("  ") for line in answer.text.splitlines())
    return {name: digest for digest, name in pairs}


def test_every_file_has_its_checksum_and_its_media_type(site: Server, sums: dict[str, str]):
    assert len(sums) > 20
    for name, digest in sums.items():
        answer = site.get(f"/downloads/{name}")
        assert answer.status == 200
        assert sha256(answer.body).hexdigest() == digest
        media = MEDIA[name.rpartition(".")[2]]
        if "rdf12" in name:
            media = "text/turtle; version=1.2; charset=utf-8"
        assert answer.headers["content-type"] == media
        assert digest.startswith(answer.headers["etag"].strip('"'))
        assert answer.headers["accept-ranges"] == "bytes"


def test_the_files_are_those_that_the_command_writes(site: Server, sums: dict[str, str], tmp_path: Path):
    command = [sys.executable, "-m", "amcc_kg", "build", "--quiet", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120, capture_output=True)
    written = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*") if p.is_file()}
    assert written.keys() == sums.keys() | {"SHA256SUMS"}
    for name, path in written.items():
        assert site.get(f"/downloads/{name}").body == path.read_bytes()


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=5-5", slice(5, 6)),
        ("bytes=0-999999999", slice(0, None)),
    ],
)
def test_a_part_can_be_had(site: Server, asked: str, part: slice):
    whole = site.get(WHOLE)
    answer = site.get(WHOLE, Range=asked)
    assert answer.status == 206
    assert answer.body == whole.body[part]
    first, last, _ = part.indices(len(whole.body))
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(whole.body)}"
    assert answer.headers["etag"] == whole.headers["etag"]


def test_a_download_that_broke_off_goes_on_only_with_the_same_file(site: Server):
    whole = site.get(WHOLE)
    same = site.get(WHOLE, Range="bytes=10-", If_Range=whole.headers["etag"])
    other = site.get(WHOLE, Range="bytes=10-", If_Range='"another"')
    assert (same.status, same.body) == (206, whole.body[10:])
    assert (other.status, other.body) == (200, whole.body)


def test_parts_that_are_not_there_or_make_no_sense(site: Server):
    beyond = site.get(WHOLE, Range="bytes=999999999-")
    assert beyond.status == 416
    assert beyond.headers["content-range"].startswith("bytes */")
    size = len(site.get(WHOLE).body)
    assert beyond.text == f"the file has {size} bytes\n"
    assert beyond.headers["content-type"] == "text/plain; charset=utf-8"
    assert beyond.headers["cache-control"] == "no-store"
    assert "etag" not in beyond.headers
    # A part is got, and nothing else is done with it.
    head = site.request("HEAD", WHOLE, Range="bytes=0-9")
    assert (head.status, head.headers["content-length"]) == (200, str(size))
    assert "content-range" not in head.headers
    assert site.get(WHOLE, Range="lines=1-2").status == 200
    assert site.get(WHOLE, Range="bytes=0-1,5-6").status == 200


def test_downloads_are_not_sent_twice_and_can_come_packed(site: Server):
    whole = site.get(WHOLE)
    assert site.get(WHOLE, If_None_Match=whole.headers["etag"]).status == 304
    packed = site.get(WHOLE, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(whole.body) / 3
    assert packed.headers["etag"] != whole.headers["etag"]
    head = site.request("HEAD", WHOLE)
    assert (head.body, head.headers["content-length"]) == (b"", str(len(whole.body)))


def test_the_downloads_hold_what_the_endpoint_answers_from(site: Server):
    triples = {quad.triple for quad in parse(site.get(WHOLE).body, RdfFormat.N_TRIPLES)}
    names = {quad.graph_name for quad in parse(site.get("/downloads/amcc-kg.nq").body, RdfFormat.N_QUADS)}
    named = site.rows("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    assert {row["g"] for row in named} <= {getattr(name, "value", "") for name in names}
    for row in site.rows("SELECT ?s { ?s a ?c FILTER(isIRI(?s)) } ORDER BY ?s LIMIT 50"):
        assert any(getattr(t.subject, "value", "") == row["s"] for t in triples)


def test_the_list_is_a_page_or_json(site: Server, sums: dict[str, str]):
    listed = json.loads(site.get("/downloads/", Accept="application/json").body)
    assert {one["name"]: one["sha256"] for one in listed if one["name"] != "SHA256SUMS"} == sums
    page = site.get("/downloads/").text
    for one in listed:
        assert f'href="/downloads/{one["name"]}"' in page
        assert one["sha256"] in page
        assert len(site.get(f"/downloads/{one['name']}").body) == one["size"]


@pytest.mark.parametrize(
    "name", ["nothing.ttl", "../README.md", "%2e%2e/README.md", "documents/", "/etc/passwd"]
)
def test_nothing_else_can_be_had(site: Server, name: str):
    answer = site.get(f"/downloads/{name}")
    assert answer.status in (400, 404)
    assert "root:" not in answer.text
    assert str(ROOT) not in answer.text


def test_source_texts_are_not_among_them(sums: dict[str, str]):
    assert not [name for name in sums if name.endswith(".txt") or "seed" in name]


def test_plain_files_have_no_downloads(server: Server):
    assert server.get("/downloads/").status == 404
    assert server.get("/.well-known/void").status == 404


def test_files_that_were_changed_start_no_builds_without_end(tmp_path: Path):
    folder = tmp_path / "checkout"
    for name in ("ontology", "queries", "data"):
        shutil.copytree(ROOT / name, folder / name)
    with Server(cache=tmp_path / "cache", cwd=folder) as running:
        assert settles(lambda: running.get("/").status == 200, 60)
        register = next((folder / "data" / "register").glob("*.ttl"))
        register.write_text(f"{register.read_text()}\n<x:new> <x:is> <x:here> .\n")
        first = running.get("/downloads/", timeout=60)
        assert first.status == 503
        assert "not those of the graph that is served" in first.text
        started = time.monotonic()
        for target in ("/downloads/", "/downloads/SHA256SUMS", "/.well-known/void") * 5:
            again = running.get(target, timeout=60)
            assert again.status == 503
            assert 1 <= int(again.headers["retry-after"]) <= 30
        # A build takes seconds; none was begun.
        assert time.monotonic() - started < 1.5
        running.process.send_signal(signal.SIGHUP)
        assert settles(lambda: running.get("/downloads/", timeout=60).status == 200, 60)
        running.stop()
        assert running.log.count("downloads not made") == 1


def test_the_page_says_what_each_file_is_and_which_to_take_first(site: Server):
    page = site.get("/downloads/", Accept="text/html").text
    assert page.index("Take <a href=") < page.index("<table>")
    said = "All that is stated and inferred, merged into one graph, as Turtle; for people who read it"
    assert said in page
