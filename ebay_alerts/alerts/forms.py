"""Forms on an alert's page."""

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
