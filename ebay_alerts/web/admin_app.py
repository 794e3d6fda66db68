"""Django's entry for the admin pages."""

from django.contrib.admin.apps import AdminConfig


class OperatorsAdminConfig(AdminConfig):
    """Django's admin with our site in the place of its own."""

    default_site = "ebay_alerts.web.admin_site.OperatorsSite"
