import socket

import pytest

from steward.sandbox import ports
from steward.sandbox.error import SandboxError
from steward.sandbox.ports import accepts, free_ports, is_free


def test_ports_are_distinct_and_free():
    found = free_ports(40)
    assert len(set(found)) == 40
    assert all(is_free(port) for port in found)


def test_a_port_with_a_listener_is_not_free_and_accepts():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert accepts(port)
    assert is_free(port)
    assert not accepts(port)


def test_ports_of_other_sandboxes_and_listening_ones_are_left_alone(monkeypatch):
    monkeypatch.setattr(ports, "_RANGE", range(24_000, 24_010))
    monkeypatch.setattr(ports, "_ATTEMPTS", 10)
    monkeypatch.setattr(ports, "is_free", lambda port: port != 24_001)
    taken = {24_002, 24_003}
    assert set(free_ports(7, taken=taken)) == set(range(24_000, 24_010)) - taken - {24_001}
    with pytest.raises(SandboxError, match="fewer than 8"):
        free_ports(8, taken=taken)
