"""The site's own addresses and the API."""

from django.urls import path

from ebay_alerts.web import views
from ebay_alerts.web.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.prometheus, name="metrics"),
    path("", api.urls),
]
