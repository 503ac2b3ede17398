"""Build hook: a wheel carries the repository's content, compiled, so that `amcc` answers in any folder."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileHook(BuildHookInterface):  # type: ignore[type-arg] # hatchling's base class is generic in name only
    """Compiles the repository that is being built and puts the result beside its content."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile for a standard wheel; an editable install reads the checkout, which changes."""
        if self.target_name != "wheel" or version != "standard":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        try:
            from amcc_kg.graph import cache, compiler
            from amcc_kg.repository.files import Repository
            from amcc_kg.syntax.text_files import write_whole

            made = compiler.make(Repository(root))
            path = Path(tempfile.mkdtemp()) / cache.SHIPPED_NAME
            write_whole(made.to_bytes(), path)
        finally:
            sys.path.remove(str(root / "src"))
        content = {path: cache.SHIPPED_NAME}
        content |= {root / folder: folder for folder in ("ontology", "data", "queries")}
        for source, name in content.items():
            build_data["force_include"][str(source)] = f"amcc_kg/content/{name}"
