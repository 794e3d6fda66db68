"""The site's own addresses and the API."""

from django.urls import path

from ebay_alerts.web import views
from ebay_alerts.web.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("", api.urls),
]
