"""The one API object; every module's router hangs here."""

from ninja import NinjaAPI

from ebay_alerts.accounts.api import TokenAuth
from ebay_alerts.alerts.api import router as alerts
from ebay_alerts.web import problems

api = NinjaAPI(
    title="eBay Alerts",
    version="1",
    description="Keyword alerts for eBay listings. Errors are problem documents (RFC 9457).",
    openapi_url="/openapi.json",
    docs_url="/swagger",
    auth=TokenAuth(),
)
api.add_router("/api", alerts)
problems.register(api)
