"""Asking a live server: one host only, a token that is never shown, patience with a busy server."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import sleep
from urllib.parse import urljoin, urlsplit

from becalm.record import InputError, WorkError
from becalm.sources.fhir.taking import issues

try:
    import httpx
except ModuleNotFoundError as error:
    raise InputError(
        "Reading from a live FHIR server needs the package httpx, which is not installed. "
        "Install it: pip install becalm[fhir]."
    ) from error

TOKEN = "BECALM_FHIR_TOKEN"
"""The environment variable that may hold the bearer token."""
BUSY = frozenset({429, 502, 503, 504})
_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 120.0


class NotOffered(Exception):  # noqa: N818
    """The server does not know this type of resource."""


class Client:
    """The server at one base address.

    Args:
        base: the address below which the types of resource lie.
        options: `token_file`, `timeout_s` (default 60), `retries` (default 5).
    """

    def __init__(self, base: str, options: Mapping[str, str]) -> None:
        self.base = base.rstrip("/") + "/"
        self._origin = _origin(self.base)
        self._retries = whole(options, "retries", 5, least=0)
        headers = {"Accept": "application/fhir+json"}
        token = _token(options)
        if token:
            _check_encrypted(self.base)
            headers["Authorization"] = f"Bearer {token}"
        timeout = whole(options, "timeout_s", 60)
        encrypted = self._origin[0] == "https"
        self._http = httpx.Client(headers=headers, timeout=timeout, follow_redirects=False, verify=encrypted)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def address(self, link: str, before: str) -> str:
        """The address of a link of the answer to `before`. Raises WorkError where it leaves the server."""
        target = urljoin(before, link)
        if _origin(target) != self._origin:
            raise WorkError(
                f"The server {self._host()} gives a link to "
                f"{urlsplit(target).hostname or 'another place'}, which "
                "is not followed: the token would leave the server. Ask for the server's own base address "
                "to be set, "
                "or give the other address as the source."
            )
        return target

    def get(self, address: str) -> bytes:
        """The body of an answer.

        Raises NotOffered for 404, InputError where access is refused or the question is not understood, and
        WorkError where no answer can be had.
        """
        what = self._shown(address)
        for attempt in range(self._retries + 1):
            try:
                answer = self._http.get(address)
            except httpx.TransportError as error:
                said, wait = type(error).__name__, None
            else:
                if answer.status_code not in BUSY:
                    return self._body(answer, what)
                said, wait = f"status {answer.status_code}", _retry_after(answer.headers.get("Retry-After"))
            if attempt < self._retries:
                sleep(min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt if wait is None else wait))
        raise WorkError(
            f"{what} was asked for {self._retries + 1} times and gave no answer ({said}). A record read in "
            "part would be graded wrongly, so nothing is kept. Try again later, or raise retries or "
            "timeout_s."
        )

    def _body(self, answer: httpx.Response, what: str) -> bytes:
        status = answer.status_code
        if status == 200:
            return answer.content
        said = issues(answer.content)
        if status in (401, 403):
            raise InputError(
                f"{what}: access was refused (status {status}). Give a valid token in {TOKEN} or by "
                "token_file, "
                f"with the right to read it. The server says: {said}."
            )
        if status == 404 or (status == 400 and "not-supported" in said):
            raise NotOffered(said)
        if 300 <= status < 400:
            raise InputError(
                f"{what} is redirected, which is not followed. Give the address that it moved to."
            )
        if 400 <= status < 500 and status != 410:
            raise InputError(
                f"{what} was not understood (status {status}). The server says: {said}. Some servers "
                "answer only "
                "for given patients: give their ids as patients."
            )
        raise WorkError(f"{what} failed (status {status}). The server says: {said}. Try again later.")

    def _shown(self, address: str) -> str:
        """An address without its query, which can hold what should not be shown."""
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def _host(self) -> str:
        return urlsplit(self.base).hostname or self.base


def whole(options: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """An option that is a whole number. Raises InputError for another text."""
    text = options.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise InputError(f"The option {name} is {text!r}; a whole number of at least {least} is expected.")
    return int(text)


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower())
    return parts.scheme.lower(), (parts.hostname or "").lower(), port


def _token(options: Mapping[str, str]) -> str | None:
    path = options.get("token_file")
    if path is not None:
        try:
            token = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"The token_file {path} cannot be read: {error}. Check the path.") from error
        where = f"The token_file {path}"
        if not token:
            raise InputError(f"{where} is empty; one line with the bearer token is expected.")
    else:
        token, where = os.environ.get(TOKEN, "").strip(), f"The environment variable {TOKEN}"
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise InputError(f"{where} holds more than one word; the bearer token alone is expected.")
    return token or None


def _check_encrypted(base: str) -> None:
    parts = urlsplit(base)
    if parts.scheme.lower() != "https" and not _LOOPBACK.fullmatch(parts.hostname or ""):
        raise InputError(
            f"A token would be sent to {parts.hostname} unencrypted. Give the https address of the "
            "server, or take "
            "the token away."
        )


def _retry_after(text: str | None) -> float | None:
    """Seconds to wait, from seconds or a date."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(tz=UTC)).total_seconds()) if moment.tzinfo else None
