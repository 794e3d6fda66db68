"""The pages of alerts, of the alerts of a mail, and of all mails of a user."""

from django.urls import path

from ebay_alerts.alerts import feed_views, views

urlpatterns = [
    path("a/<str:token>/", views.alert_page, name="alert-page"),
    path("a/<str:token>/unsubscribe", views.unsubscribe, name="alert-unsubscribe"),
    path("m/<str:token>/", views.several, name="several-alerts"),
    path("f/<str:token>.atom", feed_views.feed, name="feed"),
    path("f/<str:token>.ics", feed_views.calendar, name="calendar"),
    path("w/<str:token>/", views.watch, name="watch"),
    path("u/<str:token>/", views.everything, name="everything"),
    path("u/<str:token>/unsubscribe", views.stop_everything, name="everything-unsubscribe"),
]
