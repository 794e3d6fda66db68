"""Forms on an alert's page."""

from datetime import date, timedelta
from typing import Any

from django import forms

from ebay_alerts.alerts.schedule import MAX_INTERVAL_MINUTES, WEEKDAYS


class IntervalForm(forms.Form):
    """How often to be mailed: an interval, or a time of day on some weekdays."""

    interval_minutes = forms.IntegerField(
        label="Minutes between mails",
        help_text="0 mails at once, 60 every hour, 1440 every day.",
        min_value=0,
        max_value=MAX_INTERVAL_MINUTES,
        required=False,
    )
    at = forms.TimeField(
        label="Or at a time of day",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    weekdays = forms.MultipleChoiceField(
        label="On",
        help_text="None for every day.",
        choices=[(name, name.capitalize()) for name in WEEKDAYS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        has_time = cleaned.get("at") is not None
        if not has_time and cleaned.get("interval_minutes") is None and not self.errors:
            self.add_error("interval_minutes", "Write how many minutes, or a time of day.")
        return cleaned

    def chosen(self) -> dict[str, Any]:
        """The fields of a wish that a valid form means; a time of day goes first."""
        at = self.cleaned_data["at"]
        if at is None:
            minutes = self.cleaned_data["interval_minutes"]
            return {"interval_minutes": minutes, "at": None, "weekdays": []}
        return {"at": f"{at:%H:%M}", "weekdays": self.cleaned_data["weekdays"]}


class SnoozeForm(forms.Form):
    """Until when no mails come."""

    until = forms.ChoiceField(
        label="Until",
        choices=[("tomorrow", "tomorrow"), ("week", "in a week"), ("date", "the date beside")],
    )
    on = forms.DateField(
        label="Date",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "aria-label": "Date"}),
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


class AddressForm(forms.Form):
    """An address that is to be confirmed."""

    address = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
