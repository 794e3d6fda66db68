"""A kind of import contract that import-linter lacks: a module is entered by its entrances only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import grimp
from importlinter import Contract, ContractCheck, fields, output


class EntrancesContract(Contract):
    """Outsiders import a module's entrances (`market.services`), never what lies behind them.

    Configuration options:
        - modules:   the modules to be entered by their entrances; one may not exist yet.
        - entrances: names of the children that anybody may import.
        - shared:    full names of what else anybody may import (words that modules have in common).
    """

    type_name = "entrances"

    modules = fields.ListField(subfield=fields.StringField())
    entrances = fields.SetField(subfield=fields.StringField())
    shared = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        modules = cast("list[str]", self.modules)
        entrances = cast("set[str]", self.entrances)
        shared = cast("set[str]", self.shared or set())
        trespasses = sorted(
            (importer, imported)
            for module in modules
            for importer, imported in find_trespasses(graph, module, entrances)
            if imported not in shared
        )
        return ContractCheck(kept=not trespasses, metadata={"trespasses": trespasses})

    def render_broken_contract(self, check: ContractCheck) -> None:
        trespasses: Any = check.metadata["trespasses"]
        for importer, imported in trespasses:
            output.print_error(f"- {importer} -> {imported}", bold=False)
        output.new_line()


def find_trespasses(
    graph: grimp.ImportGraph, module: str, entrances: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield (importer, imported) for each import from outside that passes by the entrances."""
    if module not in graph.modules:
        return
    for imported in graph.find_descendants(module):
        if imported.removeprefix(f"{module}.").split(".")[0] in entrances:
            continue
        for importer in graph.find_modules_that_directly_import(imported):
            if not importer.startswith(f"{module}.") and importer != module:
                yield importer, imported
