"""Build hook: a wheel carries the compiled graph, so that an installed `amcc` answers without compiling."""

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
            from amcc_kg import compiled, compiling
            from amcc_kg.repository import Repository

            made = compiling.make(Repository(root))
            path = Path(tempfile.mkdtemp()) / compiled.SHIPPED_NAME
            compiled.write(made, path)
        finally:
            sys.path.remove(str(root / "src"))
        build_data["force_include"][str(path)] = f"amcc_kg/content/{compiled.SHIPPED_NAME}"
