"""The pictures of the outbox: kept once for all messages that show them, pruned when old."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.models import Message, Picture
from ebay_alerts.mail.png import read_size
from ebay_alerts.mail.services.drafts import check_key
from ebay_alerts.mail.services.queueing import ROWS_A_TURN
from ebay_alerts.mail.states import State

LARGEST_PICTURE = 64_000
PICTURES_KEPT_FOR = timedelta(days=7)
# Pictures deleted by one call.
PRUNED = 1000
_UNSENT = (State.QUEUED, State.SENDING, State.STALE)


def keep_pictures(pngs: Mapping[str, bytes], now: datetime) -> None:
    """Store pictures by key, within the caller's transaction; a key that is there keeps its own.

    They stay for `PICTURES_KEPT_FOR` and as long as an unsent message names them. Raises
    ValueError for a bad key, and for what is no PNG or more than `LARGEST_PICTURE` bytes.
    """
    pictures = [_picture(key, png, now) for key, png in pngs.items()]
    Picture.objects.bulk_create(pictures, ignore_conflicts=True, batch_size=ROWS_A_TURN)


def prune_pictures(now: datetime) -> int:
    """Delete up to `PRUNED` old pictures that no unsent message names; returns how many.

    A message that is queued meanwhile and names one of so old shows the alt text.
    """
    old = Picture.objects.filter(created_at__lt=now - PICTURES_KEPT_FOR)
    by_key = dict(old.values_list("key", "pk"))
    needed = _needed_pictures() if by_key else set()
    unneeded = [pk for key, pk in by_key.items() if key not in needed][:PRUNED]
    for start in range(0, len(unneeded), ROWS_A_TURN):
        with write_turn():
            Picture.objects.filter(pk__in=unneeded[start : start + ROWS_A_TURN]).delete()
    return len(unneeded)


def _picture(key: str, png: bytes, now: datetime) -> Picture:
    check_key(key)
    if len(png) > LARGEST_PICTURE:
        raise ValueError(f"a picture has at most {LARGEST_PICTURE} bytes: {key!r:.140}")
    width, height = read_size(png)
    return Picture(key=key, created_at=now, width=width, height=height, png=png)


def _needed_pictures() -> set[str]:
    """Keys that unsent messages name; a query a state, for each has its own index."""
    needed: set[str] = set()
    for state in _UNSENT:
        named = Message.objects.filter(state=state, pictures__isnull=False)
        for pictures in named.values_list("pictures", flat=True).iterator(chunk_size=ROWS_A_TURN):
            needed.update(key for key, _, _ in pictures or ())
    return needed
