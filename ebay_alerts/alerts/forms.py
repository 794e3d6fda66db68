"""Forms on an alert's page."""

from datetime import date, timedelta
from typing import Any

from django import forms

from ebay_alerts.alerts.schedule import MAX_INTERVAL_MINUTES


class IntervalForm(forms.Form):
    """How often to be mailed."""

    interval_minutes = forms.IntegerField(
        label="Minutes between mails",
        help_text="0 mails at once, 60 every hour, 1440 every day.",
        min_value=0,
        max_value=MAX_INTERVAL_MINUTES,
    )


class SnoozeForm(forms.Form):
    """Until when no mails come."""

    until = forms.ChoiceField(
        label="Until",
        choices=[("tomorrow", "tomorrow"), ("week", "in a week"), ("date", "the date beside")],
    )
    on = forms.DateField(
        label="Date", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("until") == "date" and not cleaned.get("on") and "on" not in self.errors:
            self.add_error("on", "Choose a date.")
        return cleaned

    def chosen(self, today: date) -> date:
        """The date that a valid form means."""
        days = {"tomorrow": 1, "week": 7}.get(self.cleaned_data["until"])
        on: date = self.cleaned_data["on"] if days is None else today + timedelta(days=days)
        return on
