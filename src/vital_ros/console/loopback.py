"""Pages for this machine only: who may ask for them."""

from __future__ import annotations

LOOPBACK = "127.0.0.1"


def is_foreign(address: str, host_header: str | None) -> bool:
    """Whether a request to a loopback address came under another site's name for this machine."""
    host = (host_header or "").rpartition(":")[0]
    return address == LOOPBACK and host not in (LOOPBACK, "localhost")
