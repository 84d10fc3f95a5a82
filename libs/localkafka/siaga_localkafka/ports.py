"""Ports on 127.0.0.1."""

import socket

from .errors import PortTaken

__all__ = ["free_ports", "require_free"]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now. All differ; another program may still be quicker."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for candidate in sockets:
            candidate.bind(("127.0.0.1", 0))
        return [candidate.getsockname()[1] for candidate in sockets]
    finally:
        for candidate in sockets:
            candidate.close()


def require_free(port: int) -> None:
    """Raise PortTaken when somebody listens there. Connections of a broker just killed don't count."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError as cause:
            raise PortTaken(port) from cause
