"""Documents in JSON columns stand there as documents, however many rows are written and how."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ebay_alerts.alerts.models import AlertChange
from ebay_alerts.market.services import bulk
from ebay_alerts.market.services.bulk import insert_rows, update_rows, upsert_rows

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
NAMES = ("alert_id", "user_id", "kind", "after", "at")
AT = datetime(2026, 5, 1, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {"name": 'Wine "red"', "countries": ["US"], "max_price": None}


def kept() -> list[Any]:
    return list(AlertChange.objects.order_by("pk").values_list("after", flat=True))


@pytest.mark.parametrize("staged", [1, 100])
def test_a_document_is_kept_as_it_was_given(staged: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STAGED", staged)
    rows = [(1, 1, "created", document, AT) for document in (DOCUMENT, None)]
    insert_rows(AlertChange, NAMES, rows)
    upsert_rows(AlertChange, NAMES, rows, "DO NOTHING")
    assert kept() == [DOCUMENT, None, DOCUMENT, None]
    update_rows(AlertChange, ("after",), [(pk, {"n": pk}) for pk in _pks()])
    assert kept() == [{"n": pk} for pk in _pks()]


def _pks() -> list[int]:
    return list(AlertChange.objects.order_by("pk").values_list("pk", flat=True))
