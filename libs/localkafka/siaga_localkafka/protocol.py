"""The one question that tells whether a broker is ready, asked in Kafka's own protocol."""

import socket
import struct

__all__ = ["active_brokers"]

_METADATA = 3
_VERSION = 1
_TIMEOUT_SECONDS = 2.0


def active_brokers(port: int) -> int:
    """How many brokers the one on 127.0.0.1:port calls active; 0 while it doesn't answer.

    A broker answers a little before its controller lets it take part; only then is it in its own list.
    """
    client = b"siaga"
    request = struct.pack(">hhih", _METADATA, _VERSION, 1, len(client)) + client + struct.pack(">i", 0)
    try:
        with socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS) as connection:
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _read(connection, 4))
            _correlation, brokers = struct.unpack_from(">ii", _read(connection, size))
    except (OSError, struct.error):
        return 0
    return int(brokers)


def _read(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionResetError("the broker closed the connection")
        received += part
    return received
