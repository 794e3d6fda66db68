"""Architecture and decisions name what exists: modules, queues, dependencies, tests."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ebay_alerts.processes.tasks import QUEUES
from tests.project.documents import DOCS, PAGES, ROOT, read, table

DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
ONE_PAGE = 105


def named_tests(text: str) -> set[str]:
    return set(re.findall(r"\btest_\w+\b(?!\.py)", text))


def existing_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_test_that_a_document_names_exists() -> None:
    tests = existing_tests()
    named = {(page.name, name) for page in PAGES for name in named_tests(page.read_text("utf-8"))}
    assert {(page, name) for page, name in named if name not in tests} == set()


def test_every_invariant_names_the_test_that_holds_it() -> None:
    rows = table(read("invariants.md"), "what holds")
    assert rows
    assert [row[0] for row in rows if not named_tests(row[1])] == []


def test_every_line_of_the_threat_model_names_the_test_that_holds_it() -> None:
    rows = table(read("threat-model.md"), "attack")
    assert len(rows) > 10
    assert [row[0] for row in rows if not named_tests(row[2])] == []


def test_every_module_is_on_the_map() -> None:
    map_rows = table(read("architecture.md"), "module")
    listed = {name for row in map_rows for name in re.findall(r"\w+", row[0])}
    assert {*modules()} <= listed


def modules() -> Iterator[str]:
    for path in sorted((ROOT / "ebay_alerts").iterdir()):
        if (path / "__init__.py").exists():
            yield path.name
    yield from ("mock_ebay", "inbox")


def test_every_queue_is_named() -> None:
    text = read("architecture.md")
    assert [queue for queue in QUEUES if f"`{queue}`" not in text] == []


def test_the_architecture_fits_on_a_page() -> None:
    assert len(read("architecture.md").splitlines()) <= ONE_PAGE


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_parts_and_a_test(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.stem[:4]}: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert named_tests(text.split("## Enforced by")[1])


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(page.stem[:4]) for page in DECISIONS] == [*range(1, len(DECISIONS) + 1)]
    index = read("decisions/README.md")
    assert [page.name for page in DECISIONS if f"]({page.name})" not in index] == []


def requirements() -> Iterable[str]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    extras = project.get("optional-dependencies", {}).values()
    for group in (project["dependencies"], *extras, *document["dependency-groups"].values()):
        for requirement in group:
            yield re.split(r"[\[<>=!~; ]", requirement)[0]


def test_every_dependency_has_its_reason() -> None:
    rows = table(read("decisions/0001-dependencies.md"), "package")
    assert {row[0] for row in rows} == set(requirements())
