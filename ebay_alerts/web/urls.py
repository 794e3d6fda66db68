"""The site's own addresses and the API."""

from django.urls import path

from ebay_alerts.web import account_views, views
from ebay_alerts.web.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.prometheus, name="metrics"),
    path("settings/data/", account_views.own_data, name="own-data"),
    path("settings/data/feed/", account_views.make_feed, name="make-feed"),
    path("settings/data/feed/end/", account_views.end_feed, name="end-feed"),
    path("settings/export/", account_views.export_account, name="export-account"),
    path("settings/delete/", account_views.delete_account, name="delete-account"),
    path("", api.urls),
]
