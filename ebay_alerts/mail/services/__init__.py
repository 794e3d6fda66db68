"""Writing the outbox. What other modules call is named here; the files say what each is for."""

from ebay_alerts.mail.services.claiming import (
    BATCH,
    Claim,
    batch_size,
    claim_messages,
    claim_several,
    note_waiting,
    release_messages,
)
from ebay_alerts.mail.services.drafts import (
    LONGEST_SUBJECT,
    MOST_PICTURES,
    Draft,
    ShownPicture,
    as_wished,
)
from ebay_alerts.mail.services.pictures import (
    LARGEST_PICTURE,
    PICTURES_KEPT_FOR,
    PRUNED,
    keep_pictures,
    prune_pictures,
)
from ebay_alerts.mail.services.queueing import (
    ROWS_A_TURN,
    erase_messages,
    headers_of_series,
    mark_stale,
    queue_messages,
    withdraw_messages,
    withdraw_messages_to,
)
from ebay_alerts.mail.services.recording import (
    Try,
    record_outcome,
    record_outcomes,
)
from ebay_alerts.mail.services.server import (
    check_settings,
    probe_mail_server,
)

__all__ = [
    "BATCH",
    "LARGEST_PICTURE",
    "LONGEST_SUBJECT",
    "MOST_PICTURES",
    "PICTURES_KEPT_FOR",
    "PRUNED",
    "ROWS_A_TURN",
    "Claim",
    "Draft",
    "ShownPicture",
    "Try",
    "as_wished",
    "batch_size",
    "check_settings",
    "claim_messages",
    "claim_several",
    "erase_messages",
    "headers_of_series",
    "keep_pictures",
    "mark_stale",
    "note_waiting",
    "probe_mail_server",
    "prune_pictures",
    "queue_messages",
    "record_outcome",
    "record_outcomes",
    "release_messages",
    "withdraw_messages",
    "withdraw_messages_to",
]
