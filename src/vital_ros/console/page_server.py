"""Serves a page in the browser: on loopback to this machine alone, elsewhere to whoever has the token."""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socket import gethostname
from tempfile import mkstemp
from typing import Any, TextIO
from urllib.parse import parse_qs

LOOPBACK = "127.0.0.1"


class PageServer(ThreadingHTTPServer):
    """Listens from its constructor on; `serve_forever` answers.

    Attributes:
        address: the one it is bound to.
        token: what every request has to bring, new for each server; empty on loopback.
        cookie: name and value under which a browser that came with the token keeps it.
        url: what a person opens, with the token.
    """

    daemon_threads = True

    def __init__(self, host: str, port: int, handler: type[PageHandler]):
        """Raise OSError when the port is taken, or the host is none of this machine's."""
        super().__init__((host, port), handler)
        self.address = ip_address(str(self.server_address[0]))
        self.token = "" if self.address.is_loopback else secrets.token_urlsafe()
        self.cookie = f"vital_ros_{self.server_port}={self.token}"  # browsers share cookies among a host's ports
        name = gethostname() if self.address.is_unspecified else host
        self.url = f"http://{name}:{self.server_port}/" + (f"?token={self.token}" if self.token else "")


class PageHandler(BaseHTTPRequestHandler):
    """Comes to a `do_` method only with a request that may be answered; `path` is then without its query."""

    server: PageServer
    timeout = 10.0
    """s for a browser to ask, or to take what it is sent."""
    _brought_token = False

    def parse_request(self) -> bool:
        """Whether to go on; what is refused has been answered."""
        if not super().parse_request():
            return False
        self.path, _, query = self.path.partition("?")
        refusal = self._refusal(query)
        if refusal:
            self._refuse(refusal)
        return not refusal

    def end_headers(self) -> None:
        if self._brought_token:  # what the page loads, and where it posts, has the cookie alone
            self.send_header("Set-Cookie", f"{self.server.cookie}; Path=/; HttpOnly; SameSite=Strict")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Requests are not worth a line."""

    def _refusal(self, query: str) -> str:
        """What to do instead; empty when the request may be answered."""
        server = self.server
        if not server.token:
            # DNS rebinding: a page of a site whose name was made to lead here would ask under that name.
            host = self.headers.get("Host", "").rpartition(":")[0]
            known = host in (str(server.address), "localhost")
            return "" if known else f"This page is for this machine alone: open {server.url} on it."
        self._brought_token = any(_same(token, server.token) for token in parse_qs(query).get("token", []))
        cookies = self.headers.get("Cookie", "").split(";")
        if self._brought_token or any(_same(cookie.strip(), server.cookie) for cookie in cookies):
            return ""
        return "This page needs its token: open the whole URL that was shown when it was started, with ?token=..."

    def _refuse(self, line: str) -> None:
        body = f"{line}\n".encode()
        self.send_response(HTTPStatus.FORBIDDEN)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _same(given: str, secret: str) -> bool:
    """Takes as long wherever the two differ, so that time tells nothing."""
    return hmac.compare_digest(given.encode(), secret.encode())


def tell_url(what: str, url: str, stream: TextIO) -> Path | None:
    """Print where a page is. A token goes to a terminal only: all else may be a log that others read.

    Returns:
        Otherwise the file that holds the URL, which its owner alone can read and the caller removes.
    """
    address, _, token = url.partition("?")
    if not token or stream.isatty():
        print(f"{what}: {url}", file=stream, flush=True)
        return None
    descriptor, name = mkstemp(prefix="vital_ros_", suffix=".url")  # of mode 0600
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{url}\n")
    print(f"{what}: {address}; the URL with its token is in {name}", file=stream, flush=True)
    return Path(name)
