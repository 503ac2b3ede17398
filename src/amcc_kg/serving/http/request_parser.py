"""Requests out of bytes, RFC 9112: put together from pieces, and refused where they are too large.

Knows where one request ends and the next begins, and how much of it there may be; nothing of time, of
sockets, or of what is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httptools

if TYPE_CHECKING:
    from collections.abc import Callable

    from amcc_kg.serving.config import Limits

SPOKEN: Final = "the versions of HTTP spoken here are 1.0 and 1.1"
_METHOD: Final = re.compile(rb"[\r\n]*[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: |$)")
_OTHER_VERSION: Final = "Invalid HTTP version"


class RefusedError(Exception):
    """A request that is not even read to its end; its arguments are the status and the reason."""


@dataclass(slots=True)
class Received:
    """A request as it came; `raw` is all its bytes if they came in one piece with nothing else."""

    target: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    method: bytes = b""
    version: str = "1.1"
    body: bytes = b""
    keep_alive: bool = True
    raw: bytes | None = None


class Parser:
    """Takes bytes and gives requests, in the order in which they came.

    Attributes:
        whole: the requests that are complete and have not been taken from here.
        is_midway: whether the bytes so far end in the middle of a request.
        is_in_body: whether they end in its body.
        is_expecting: whether its client waits for a word before it sends the body.
    """

    __slots__ = (
        "_check", "_chunks", "_head", "_hold", "_limits", "_parser", "_received", "_size", "is_expecting",
        "is_in_body", "is_midway", "whole",
    )  # fmt: skip

    def __init__(
        self, limits: Limits, check: Callable[[Received], bool], hold: Callable[[int], None]
    ) -> None:
        """Begin; `check` looks at headers and tells whether its client expects a word, `hold` counts bytes.

        Both raise `RefusedError` for what is not to be read on.
        """
        self._limits = limits
        self._check = check
        self._hold = hold
        self._parser = httptools.HttpRequestParser(self)
        self._received = Received()
        self._chunks: list[bytes] = []
        self._head = self._size = 0
        self.whole: list[Received] = []
        self.is_midway = self.is_in_body = self.is_expecting = False

    def feed(self, data: bytes) -> None:
        """Take bytes; raises `RefusedError` for what is no request or too large a one."""
        before, size = len(self.whole), self._size
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol was proposed, RFC 9110 section 7.8: it is declined by answering in this one.
            for received in self.whole[-1:]:
                received.keep_alive = False
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__ or error.__cause__
            raise (
                cause if isinstance(cause, RefusedError) else RefusedError(400, "not an HTTP request")
            ) from error
        except httptools.HttpParserInvalidMethodError as error:
            if not self.whole and _METHOD.match(data):
                raise RefusedError(501, "the method is not known here") from error
            raise RefusedError(400, "not an HTTP request") from error
        except httptools.HttpParserError as error:
            if str(error) == _OTHER_VERSION:
                raise RefusedError(505, SPOKEN) from error
            raise RefusedError(400, "not an HTTP request") from error
        if self.is_midway and len(self.whole) == before and self._size == size:
            # Counted also here, because a header that never ends is not reported.
            self._head += len(data)
            if self._head > self._limits.head + self._limits.url:
                raise self._too_long()

    def forget(self) -> None:
        """Let go of what has come; nothing more is fed."""
        self.whole.clear()
        self._chunks.clear()

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self.whole) >= self._limits.pipelined:
            raise RefusedError(429, "too many requests sent ahead")
        self._received = Received()
        self._chunks = []
        self._head = self._size = 0
        self.is_midway = True
        self.is_in_body = self.is_expecting = False

    def on_url(self, part: bytes) -> None:
        """Take a piece of the request target."""
        self._received.target += part
        if len(self._received.target) > self._limits.url:
            raise RefusedError(414, f"the URL is longer than {self._limits.url} bytes; post the query")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those behind a body have been checked by nobody, and are read but not believed."""
        self._head += len(name) + len(value) + 4
        if self._head > self._limits.head:
            raise self._too_long()
        if not self.is_in_body:
            self._received.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Look at what decides how the body is read."""
        received = self._received
        received.method = self._parser.get_method()
        received.version = self._parser.get_http_version()
        self.is_expecting = self._check(received)
        self.is_in_body = True
        self._head = 0

    def on_body(self, part: bytes) -> None:
        """Take a piece of the body."""
        self._size += len(part)
        if self._size > self._limits.body:
            raise RefusedError(413, f"the body is longer than {self._limits.body} bytes")
        self._hold(len(part))
        self._chunks.append(part)

    def on_message_complete(self) -> None:
        """A request is whole."""
        received = self._received
        received.body = b"".join(self._chunks)
        received.keep_alive = self._parser.should_keep_alive()
        self._chunks = []
        self.whole.append(received)
        self.is_midway = self.is_in_body = self.is_expecting = False

    def _too_long(self) -> RefusedError:
        return RefusedError(431, f"the headers are longer than {self._limits.head} bytes")
