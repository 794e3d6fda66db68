"""Django's entry for the analytics module."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "ebay_alerts.analytics"
    label = "analytics"
