"""That dealing with a row failed."""

from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    """What was done with the row, and of which table it is."""

    FETCH = "fetch", "fetch that cannot be refreshed"
    SEARCH = "search", "search whose keywords cannot be read"
    CHECK = "check", "listing that cannot be checked"
    WELCOME = "welcome", "alert whose welcome mail cannot be written"
    WAKE = "wake", "search whose instant alerts cannot be woken"
    CLOCK = "clock", "user whose slots cannot be planned anew"
    DIGEST = "digest", "alert whose digest cannot be written"
    BIDS = "bids", "listing whose bids cannot be looked at"
    REMINDER = "reminder", "alert whose reminder cannot be written"
    WITHDRAWAL = "withdrawal", "message that cannot be taken back"
    MESSAGE = "message", "message that cannot be sent as a mail"
    POSTING = "posting", "posting that cannot be made"
    REPORT = "report", "user whose price report cannot be written"
    ERASURE = "erasure", "user who cannot be erased"


class Setback(models.Model):
    """That a row raised, how often in a row, and when it is tried again; gone once it succeeds.

    `row_id` is an id in the table that the kind says; the row may be gone. From `set_aside_at` on
    nobody tries it until an operator has it tried again.
    """

    kind = models.CharField(max_length=10)  # a Kind
    row_id = models.BigIntegerField()
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    failed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    set_aside_at = models.DateTimeField(null=True)
    traceback = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "row_id"], name="setback_of_row"),
        ]
        indexes = [
            models.Index(
                fields=["kind", "due_at"],
                condition=Q(set_aside_at__isnull=True),
                name="setback_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"

    @property
    def reason(self) -> str:
        """The last line of the traceback: what was raised."""
        return self.traceback.rpartition("\n")[2]
