"""How long a time is, in words."""

from datetime import timedelta

import pytest

from ebay_alerts.kit.spans import span_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 minute"),
        (119, "1 minute"),
        (120, "2 minutes"),
        (3600, "1 hour"),
        (86_399, "23 hours"),
        (345_600, "4 days"),
    ],
)
def test_a_span_is_one_unit_rounded_down(seconds: int, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words
