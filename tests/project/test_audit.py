"""What `make audit` makes of pip-audit's report: it never calls unchecked packages sound."""

import json
from typing import Any

import pytest

from tools.audit import verdict

SOUND = {"name": "django", "version": "5.2.19", "vulns": []}
FAULTY = {
    "name": "jinja2",
    "version": "3.1.0",
    "vulns": [{"id": "PYSEC-2024-1", "fix_versions": ["3.1.4"], "aliases": [], "description": ""}],
}
SKIPPED = {"name": "uv", "skip_reason": "Dependency not found on PyPI"}


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (report(SOUND), 0, "1 packages checked, no known faults."),
        (report(SOUND, FAULTY), 1, "jinja2 3.1.0: PYSEC-2024-1, mended in 3.1.4"),
        (report(SOUND, SKIPPED), 2, "Not checked: uv."),
        (report(FAULTY, SKIPPED), 1, "Not checked: uv."),
        (report(SKIPPED), 2, "nothing was checked"),
        (report(), 2, "nothing was checked"),
        ("", 2, "could not be reached"),
        ("{", 2, "could not be reached"),
    ],
)
def test_an_audit_says_what_is_known_and_what_was_not_asked(
    text: str, code: int, words: str
) -> None:
    said, exit_code = verdict(text)
    assert exit_code == code
    assert words in said
