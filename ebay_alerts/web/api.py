"""The one API object; every module's router hangs here."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema

from ebay_alerts.accounts.api import TokenAuth
from ebay_alerts.accounts.audit_api import router as audit
from ebay_alerts.accounts.channel_api import router as channels
from ebay_alerts.accounts.scopes import scope_needed
from ebay_alerts.accounts.token_api import router as tokens
from ebay_alerts.alerts.api import router as alerts
from ebay_alerts.alerts.feed_api import router as feeds
from ebay_alerts.analytics.api import router as analytics
from ebay_alerts.mail.api import router as mail
from ebay_alerts.web import problems
from ebay_alerts.web.account_api import router as account


class ApiPage(Swagger):
    """Swagger UI on a page that says its language and what it needs; ninja's own says neither."""

    template = "web/swagger.html"


class Api(NinjaAPI):
    """Describes refusals with the media type that they are sent with, and what a token has to be
    allowed, and has examples stand with the type of a parameter: beside it a list of them is none
    of OpenAPI's, and forms would begin filled in."""

    def get_openapi_schema(self, **path: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**path)
        for address, methods in schema["paths"].items():
            for method, call in methods.items():
                _describe_tokens(call, method.upper(), address)
                for parameter in call["parameters"]:
                    parameter.pop("examples", None)
                for status, answer in call["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {
                            problems.MEDIA_TYPE: answer["content"]["application/json"]
                        }
        return schema


def _describe_tokens(call: dict[str, Any], method: str, address: str) -> None:
    """The scope that a call needs, and that it is refused without it, or too often."""
    refused = call["responses"][401]
    call["responses"].setdefault(429, {**refused, "description": "Too Many Requests"})
    for requirement in call["security"]:
        if TokenAuth.__name__ in requirement:
            requirement[TokenAuth.__name__] = [scope_needed(method, address)]
            call["responses"].setdefault(403, {**refused, "description": "Forbidden"})


api = Api(
    title="eBay Alerts",
    version="1",
    description="Keyword alerts for eBay listings. Errors are problem documents (RFC 9457).",
    openapi_url="/openapi.json",
    docs_url="/swagger",
    docs=ApiPage(),
    auth=TokenAuth(),
)
api.add_router("/api", alerts)
api.add_router("/api", account)
api.add_router("/api", tokens)
api.add_router("/api", audit)
api.add_router("/api", feeds)
api.add_router("/api", channels)
api.add_router("/api", analytics)
api.add_router("/api", mail)
problems.register(api)
