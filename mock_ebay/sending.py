"""Calling a deletion endpoint over HTTP; imported when the first call is made."""

from typing import Any

import httpx

_TIMEOUT = 20
_LONGEST_ANSWER = 65_536


async def get(url: str, params: dict[str, str]) -> tuple[int | None, str]:
    """Status and text of the answer; None and the reason when there is none."""
    return await _call("GET", url, params=params)


async def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, str]:
    return await _call("POST", url, content=body, headers=headers)


async def _call(method: str, url: str, **more: Any) -> tuple[int | None, str]:
    text = b""
    try:
        async with (
            # On this machine a certificate may be a made-up one; not to load any saves 30 MB.
            httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, verify=False) as http,  # noqa: S501
            http.stream(method, url, **more) as answer,
        ):
            async for piece in answer.aiter_bytes():
                text += piece
                if len(text) > _LONGEST_ANSWER:
                    return None, "the answer is too long"
            return answer.status_code, text.decode("utf-8", "replace")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, type(error).__name__
