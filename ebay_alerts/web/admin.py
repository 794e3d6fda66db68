"""The rows behind the status page, for operators to look at: what is written belongs to services,
so they are read alone; only a user may be closed and opened again.

No page shows a secret: no password or its hash, no token's hash, no text of a mail, whose links
open pages. No list counts a table or joins what it does not show, for tables have millions of rows.
"""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest

from ebay_alerts.accounts.auditing import origin_of
from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.operators import set_active
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.models import Alert, AlertChange
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.market.marketplaces import MARKETPLACES
from ebay_alerts.market.models import Fetch, Listing, Search
from ebay_alerts.setbacks.models import Setback

# A list has pages up to so many rows; further ones are found by searching.
MOST_ROWS = 5_000
PER_PAGE = 50


class FewRows(Paginator):  # type: ignore[type-arg]
    """Counts no further than its last page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:MOST_ROWS].count())


class ReadRows(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that are looked at, the latest first, found by `find`."""

    paginator = FewRows
    list_per_page = PER_PAGE
    list_max_show_all = PER_PAGE
    show_full_result_count = False
    ordering = ("-pk",)
    sortable_by = ()
    actions = None
    # There is a field to search by; what for is `find`'s.
    search_fields = ("pk",)
    search_help_text = "By id."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The audit log has it; Django's own would keep the address of a user who is gone."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By an index alone, whatever is asked."""
        term = search_term.strip()
        return (self.find(queryset, term) if term else queryset), False

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        is_id = term.isascii() and term.isdigit() and len(term) < 19
        return rows.filter(pk=int(term)) if is_id else rows.none()


def _is_id(term: str) -> bool:
    return term.isascii() and term.isdigit()


@admin.register(User)
class UserRows(ReadRows):
    list_display = ("pk", "email", "is_active", "is_staff", "confirmed_at", "created_at")
    search_help_text = "By id or whole address."
    fields = (
        *("email", "is_active", "is_staff", "time_zone", "report_frequency", "report_hour"),
        *("report_due_at", "reported_on", "one_mail", "text_only", "quiet_from", "quiet_until"),
        *("confirmed_at", "created_at", "last_login", "leaving_at"),
    )
    readonly_fields = tuple(name for name in fields if name != "is_active")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Of others: nobody locks themselves out."""
        return obj is not None and obj != request.user

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        operator = signed_in_user(request.user)
        set_active(obj, obj.is_active, operator, origin_of(request), clock.now())

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if _is_id(term):
            return super().find(rows, term)
        found: QuerySet[Any] = rows.annotate(lowered=Lower("email")).filter(lowered=term.lower())
        return found


@admin.register(Alert)
class AlertRows(ReadRows):
    list_display = ("pk", "user_id", "name", "state", "interval_minutes", "mailed_at", "created_at")
    search_help_text = "By id, or whole address of the user."
    raw_id_fields = ("user", "search", "address")

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if _is_id(term):
            return super().find(rows, term)
        users = User.objects.annotate(lowered=Lower("email")).filter(lowered=term.lower())
        return rows.filter(user__in=users.values("pk"))


@admin.register(AlertChange)
class AlertChangeRows(ReadRows):
    list_display = ("pk", "__str__")


@admin.register(Search)
class SearchRows(ReadRows):
    list_display = ("pk", "marketplace", "query", "legacy_id", "refresh_seconds", "head")
    search_help_text = "By id, or by its whole keywords as they are kept."
    raw_id_fields = ("fetch",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if _is_id(term):
            return super().find(rows, term)
        return rows.filter(marketplace__in=MARKETPLACES, query=term)


@admin.register(Fetch)
class FetchRows(ReadRows):
    list_display = ("pk", "marketplace", "keywords", "due_at", "asked_at", "failures")
    exclude = ("lease_token",)


@admin.register(Listing)
class ListingRows(ReadRows):
    list_display = ("pk", "marketplace", "legacy_id", "title", "first_seen_at", "ended_at")
    search_help_text = "By id, or by eBay's number with a # before it."
    raw_id_fields = ("relists",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if term.startswith("#"):
            return rows.filter(marketplace__in=MARKETPLACES, legacy_id=term[1:])
        return super().find(rows, term)


@admin.register(Message)
class MessageRows(ReadRows):
    list_display = ("pk", "queue", "to_address", "subject", "state", "attempts", "created_at")
    search_help_text = "By id, Message-ID, or whole address that it goes to."
    fields = (
        *("key", "message_id", "queue", "to_address", "subject", "state", "attempts", "reply"),
        *("maybe_taken", "due_at", "fresh_until", "lease_until", "created_at", "sent_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("text", "html", "headers", "pictures")

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if _is_id(term):
            return super().find(rows, term)
        if term.startswith("<"):
            return rows.filter(message_id=term)
        found: QuerySet[Any] = rows.annotate(lowered=Lower("to_address"))
        return found.filter(lowered=term.lower())


@admin.register(Attempt)
class AttemptRows(ReadRows):
    list_display = ("pk", "message_id", "at", "outcome", "code", "words")
    search_help_text = "By the id of the message."
    raw_id_fields = ("message",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        hidden = (f"message__{name}" for name in ("text", "html", "headers", "pictures"))
        return super().get_queryset(request).select_related("message").defer(*hidden)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(message=int(term)) if _is_id(term) and len(term) < 19 else rows.none()


@admin.register(AuditEvent)
class AuditEventRows(ReadRows):
    list_display = ("pk", "at", "kind", "user_id", "origin", "about")
    search_help_text = "By the id of the user."
    raw_id_fields = ("user",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(user=int(term)) if _is_id(term) and len(term) < 19 else rows.none()


@admin.register(Setback)
class SetbackRows(ReadRows):
    list_display = ("pk", "kind", "row_id", "failures", "since", "due_at", "set_aside_at")


# What libraries register is not for here: groups, which nobody has, and tables that hold secrets.
for _model in [
    model for model in admin.site._registry if not model.__module__.startswith("ebay_alerts.")
]:
    admin.site.unregister(_model)
