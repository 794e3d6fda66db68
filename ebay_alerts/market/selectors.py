"""Reading the market."""

from collections.abc import Sequence
from datetime import datetime

from ebay_alerts.market.models import ApiPause, Listing
from ebay_alerts.market.observing import Observation


def api_pause(now: datetime) -> ApiPause | None:
    """The pause that eBay imposes now, if there is one."""
    return ApiPause.objects.filter(pk=1, until__gt=now).first()


def any_known(observations: Sequence[Observation]) -> bool:
    """Whether any of these listings was known before."""
    return Listing.objects.filter(
        marketplace__in={seen.marketplace for seen in observations},
        legacy_id__in=[seen.legacy_id for seen in observations],
    ).exists()
