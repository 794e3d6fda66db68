"""Tests of the repository itself: no traces of a machine, short entry points, described files."""

import ast
import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MACHINE_PATH = re.compile(rb"(?<![\w.-])/(?:work|root|home)/")
README_LINES = 120
NEVER_COMMITTED = [".git", *(ROOT / ".gitignore").read_text().split()]


def is_ignored(path: Path) -> bool:
    patterns = [pattern.rstrip("/") for pattern in NEVER_COMMITTED]
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns)


def repository_files(folder: Path = ROOT) -> Iterator[Path]:
    """Walk instead of asking git, which a downloaded archive and a bare machine do not have."""
    for path in sorted(folder.iterdir()):
        if is_ignored(path) or path.is_symlink():
            continue
        if path.is_dir():
            yield from repository_files(path)
        else:
            yield path


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = [path for path in repository_files() if MACHINE_PATH.search(path.read_bytes())]
    assert found == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


def test_every_make_entry_is_described() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    entries = re.findall(r"^([a-z][\w-]*):(?!=)(.*)$", makefile, re.MULTILINE)
    assert "up" in dict(entries)
    assert [name for name, rest in entries if not re.search(r"## \S", rest)] == []


def test_every_make_entry_is_phony() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    entries = set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == entries


def opens_with_a_docstring(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    generated = "migrations" in path.parts
    empty_package = path.name == "__init__.py" and not text.strip()
    return generated or empty_package or ast.get_docstring(ast.parse(text)) is not None


def test_every_python_file_opens_with_what_lives_there() -> None:
    files = [path for path in repository_files() if path.suffix == ".py"]
    assert files
    assert [path for path in files if not opens_with_a_docstring(path)] == []
