"""Neither importing the package nor calling it changes a setting of its host's process."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
import rdflib
from rdflib import XSD, Graph, Literal

from amcc_kg.syntax import rdflib_bridge
from amcc_kg.terms import keys
from amcc_kg.terms.errors import PlacedError

ILL_FORMED = f'<a:a> <a:b> "01"^^<{XSD.integer}> , "x"^^<{XSD.boolean}> .'
SRC = Path(__file__).parent.parent / "src"
# What a host may have set for itself. The settings of the libraries are taken when these are imported, before
# any module of ours is.
PROGRAM = """
import faulthandler, gc, importlib, json, locale, logging, os, pkgutil, signal, sys, threading, warnings
import rdflib, rdflib.plugins.sparql, rdflib.term
import jinja2, pyoxigraph, pyshacl, owlrl, rich, starlette, typer, uvicorn, werkzeug, yaml
import amcc_kg

def state():
    loggers = [logging.root, *map(logging.getLogger, ("rdflib", "rdflib.term", "uvicorn", "asyncio"))]
    return {
        "rdflib": [
            {name: repr(value) for name, value in vars(module).items() if name.isupper()}
            for module in (rdflib, rdflib.plugins.sparql, rdflib.term)
        ],
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), sys.path, sys.dont_write_bytecode],
        "hooks": [str(h) for h in (sys.excepthook, sys.unraisablehook, sys.displayhook, sys.stderr)],
        "signal": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "locale": [locale.setlocale(kind) for kind in (locale.LC_CTYPE, locale.LC_NUMERIC, locale.LC_TIME)],
        "logging": [(g.name, g.level, g.disabled, str(g.handlers), str(g.filters)) for g in loggers],
        "gc": [gc.isenabled(), gc.get_threshold(), str(gc.callbacks), gc.get_freeze_count()],
        "warnings": [str(warnings.filters), str(warnings.showwarning)],
        "process": [os.getcwd(), dict(os.environ), threading.active_count(), faulthandler.is_enabled()],
    }

before = state()
names = [m.name for m in pkgutil.walk_packages(amcc_kg.__path__, "amcc_kg.") if m.name != "amcc_kg.__main__"]
for name in names:
    importlib.import_module(name)
after = state()
changed = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
print(json.dumps([len(names), changed]))
"""


def test_importing_every_module_changes_no_setting_of_the_process() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SRC)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    number, changed = json.loads(done.stdout)
    assert number > 100
    assert changed == {}


def settings() -> list[object]:
    logger = logging.getLogger("rdflib.term")
    return [rdflib.NORMALIZE_LITERALS, logger.level, list(logger.filters), list(warnings.filters)]


@pytest.mark.parametrize("syntax", ["turtle", "xml"])
def test_what_a_call_sets_is_as_before_when_it_has_returned_or_raised(syntax: str) -> None:
    before = settings()
    if syntax == "turtle":
        graph = Graph()
        rdflib_bridge.parse(graph, ILL_FORMED, syntax, Path("x.ttl"))
        assert sorted(map(str, graph.objects())) == ["01", "x"]
    with pytest.raises(PlacedError):
        rdflib_bridge.parse(Graph(), "<", syntax, Path("x"))
    assert settings() == before


def test_settings_hold_until_the_last_thread_has_left() -> None:
    before = settings()
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with keys.as_written():
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(60)
    with keys.as_written():
        assert str(Literal("01", datatype=XSD.integer)) == "01"
    assert str(Literal("01", datatype=XSD.integer)) == "01"
    leave.set()
    thread.join()
    assert settings() == before
