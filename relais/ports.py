"""Ports on which our processes listen."""

import socket

from outreach.errors import BusinessError


def check_port(name: str, port: int) -> None:
    """Raises BusinessError, naming the setting, when something else listens on a port of ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise BusinessError(
                f"port {port} is taken by another program; stop it, or set {name} to another one"
            ) from None
