"""The pages of reports."""

from django.urls import path

from ebay_alerts.analytics import views

urlpatterns = [
    path("r/<str:token>/", views.report_page, name="report-page"),
    path("r/<str:token>/unsubscribe", views.unsubscribe, name="report-unsubscribe"),
]
