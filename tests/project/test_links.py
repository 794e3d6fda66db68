"""Tests of the check that links in the documentation lead somewhere."""

from pathlib import Path

from tools.check_links import find_broken_links


def broken(tmp_path: Path, text: str) -> list[str]:
    page = tmp_path / "page.md"
    page.write_text(text)
    (tmp_path / "other.md").write_text("# Other page\n\n## Ports & paths\n")
    return find_broken_links(page)


def test_links_that_lead_somewhere_are_fine(tmp_path: Path) -> None:
    text = "# Top\n[a](other.md) [b](other.md#ports--paths) [c](#top) [d](https://example.org/x)"
    assert broken(tmp_path, text) == []


def test_a_missing_file_and_a_missing_heading_are_named(tmp_path: Path) -> None:
    problems = broken(tmp_path, "[a](gone.md) ![b](other.md#gone)")
    assert [problem.split(": ")[1] for problem in problems] == [
        "gone.md leads nowhere",
        "other.md#gone leads nowhere",
    ]


def test_examples_in_code_are_no_links(tmp_path: Path) -> None:
    assert broken(tmp_path, "`[a](gone.md)`\n```\n[b](gone.md)\n```\n") == []
