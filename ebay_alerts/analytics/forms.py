"""Forms on a report's page."""

from django import forms

from ebay_alerts.accounts.schedule import FREQUENCIES


class ReportForm(forms.Form):
    """When the price report comes."""

    report_frequency = forms.ChoiceField(
        label="How often", choices=[(name, name.capitalize()) for name in FREQUENCIES]
    )
    report_hour = forms.TypedChoiceField(
        label="At",
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
    )
    time_zone = forms.CharField(
        label="Time zone", max_length=64, help_text="Such as Europe/Berlin or UTC."
    )
