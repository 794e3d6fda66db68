"""Django's entry for the alerts module."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "ebay_alerts.alerts"
    label = "alerts"
