"""Compiled templates are kept from start to start, and are used only where they can be trusted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pytest
from jinja2.bccache import bc_magic
from pyoxigraph import RdfFormat, Store

from amcc_kg.serving.pages import renderer
from amcc_kg.serving.pages.views import Shown
from amcc_kg.serving.workers.tasks import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMCC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "templates"


def problem(reason: str) -> str:
    """Return a page as a server shows it that starts now."""
    store = Store()
    store.load(b"<x:a> <x:b> <x:c> .", RdfFormat.TURTLE)
    loaded = Loaded(store, "0")
    page = renderer.page(
        loaded, "problem.html", "http://127.0.0.1/", title="Not Found", status=404, reason=[Shown(reason)]
    )
    return page.body.decode()


def compiles_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile(*arguments: object, **options: object) -> None:
        raise AssertionError("a template is compiled")

    monkeypatch.setattr(jinja2.Environment, "compile", compile)


def test_a_second_start_compiles_no_template(kept: Path, monkeypatch: pytest.MonkeyPatch):
    first = problem("nothing <is> here")
    assert "nothing &lt;is&gt; here" in first
    assert len(list(kept.iterdir())) == len(list(renderer.FOLDER.glob("*.html")))
    compiles_no_more(monkeypatch)
    assert problem("nothing <is> here") == first


def test_a_changed_template_is_compiled_anew(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "templates"
    shutil.copytree(renderer.FOLDER, copied)
    monkeypatch.setattr(renderer, "FOLDER", copied)
    problem("gone")
    changed = (copied / "problem.html").read_text(encoding="utf-8").replace("{{ m.sen", "[{{ m.sen")
    (copied / "problem.html").write_text(changed, encoding="utf-8")
    assert "[gone" in problem("gone")


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(bc_magic)],
        lambda content: content[: len(bc_magic) + 10],
        lambda content: content[content.index(bc_magic) :][: len(bc_magic)],
        lambda content: content[content.index(bc_magic) :],
        lambda content: content[:-20],
        lambda content: content + b"more",
        lambda content: flipped(content, 0),
        lambda content: flipped(content, len(content) // 2),
        lambda content: flipped(content, len(content) - 30),
    ],
)
def test_what_is_damaged_is_compiled_and_kept_anew(
    kept: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[bytes], bytes]
) -> None:
    first = problem("gone")
    whole = {path: path.read_bytes() for path in kept.iterdir()}
    for path, content in whole.items():
        path.write_bytes(damage(content))
    assert problem("gone") == first
    assert {*kept.iterdir()} == {*whole}
    compiles_no_more(monkeypatch)
    assert problem("gone") == first


def test_what_cannot_be_replaced_costs_time_alone(kept: Path):
    first = problem("gone")
    for path in kept.iterdir():
        path.unlink()
        path.mkdir()
    assert problem("gone") == first
    assert all(path.is_dir() for path in kept.iterdir())


def test_a_folder_that_others_may_write_to_is_left_alone(kept: Path, monkeypatch: pytest.MonkeyPatch):
    first = problem("gone")
    stamps = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    kept.chmod(0o777)
    assert problem("gone") == first
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == stamps
    compiles_no_more(monkeypatch)
    with pytest.raises(AssertionError, match="compiled"):
        problem("gone")


def test_without_a_place_to_keep_them_templates_work_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    occupied = tmp_path / "occupied"
    occupied.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("AMCC_CACHE", str(occupied / "below"))
    assert "gone" in problem("gone")
