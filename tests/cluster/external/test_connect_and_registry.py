"""Connect and registries asked over HTTP: what they say, and what goes wrong is Unknown, with no secret in it."""

from typing import Any

import pytest

from steward.cluster.external.connect_and_registry import connectors_of, subjects_of
from steward.cluster.external.rest import RestService
from steward.http_client import Deadline
from steward.model.connection import Secret
from steward.model.layer import Connector
from steward.model.unknown import Unknown, Why
from support import servers
from support.json_server import answering_json

# the shape of Kafka Connect's answers: KIP-465, KIP-558
INFO = {
    "s3/eu": {
        "info": {
            "name": "s3/eu",
            "config": {
                "connector.class": "io.acme.S3Sink",
                "topics": "orders",
                "secret": "hunter2",
            },
            "tasks": [{"connector": "s3/eu", "task": 0}],
            "type": "sink",
        }
    }
}
ANSWERS: dict[str, Any] = {
    "/connectors?expand=info": INFO,
    "/connectors/s3%2Feu/topics": {"s3/eu": {"topics": ["orders", "dlq"]}},
    "/subjects": ["orders-value", "orders-key"],
}


def test_connectors_with_their_settings_and_topics() -> None:
    with answering_json(ANSWERS) as server:
        found = connectors_of(RestService(server.url, Secret("Basic abc"), Deadline.after(5.0)))
    assert found.place == server.url + ""
    assert found.connectors == (
        Connector(
            name="s3/eu",
            kind="sink",
            settings=INFO["s3/eu"]["info"]["config"],  # pyright: ignore
            topics=("orders", "dlq"),
        ),
    )
    assert {authorization for _, authorization in server.asked} == {"Basic abc"}
    assert "hunter2" not in repr(found)


def test_an_address_with_a_path_is_asked_below_it() -> None:
    below = {f"/connect{path}": answer for path, answer in ANSWERS.items()}
    with answering_json(below) as server:
        found = connectors_of(RestService(f"{server.url}/connect/", None, Deadline.after(5.0)))
    assert not isinstance(found.connectors, Unknown)


def test_subjects() -> None:
    with answering_json(ANSWERS) as server:
        assert subjects_of(RestService(server.url, None, Deadline.after(5.0))) == (
            "orders-value",
            "orders-key",
        )


def test_tracking_of_topics_that_is_off_is_unknown_for_that_connector() -> None:
    off = {**ANSWERS, "/connectors/s3%2Feu/topics": 403}
    with answering_json(off) as server:
        found = connectors_of(RestService(server.url, None, Deadline.after(5.0))).connectors
    assert not isinstance(found, Unknown)
    assert isinstance(found[0].topics, Unknown)
    assert found[0].topics.why is Why.DENIED


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (500, Why.REFUSED),
        (401, Why.DENIED),
        (["a list"], Why.REFUSED),
        ({"c": {"info": {"type": "sink"}}}, Why.REFUSED),
        ({"c": 3}, Why.REFUSED),
    ],
)
def test_answers_that_are_none(answer: Any, why: Why) -> None:
    with answering_json({"/connectors?expand=info": answer, "/subjects": 404}) as server:
        service = RestService(server.url, Secret("hunter2"), Deadline.after(5.0))
        found = connectors_of(service).connectors
        nothing = subjects_of(service)
    assert isinstance(found, Unknown)
    assert found.why is why
    assert "hunter2" not in str(found)
    assert isinstance(nothing, Unknown)


def test_servers_that_are_down_silent_or_no_servers() -> None:
    def asked(url: str, seconds: float = 5.0) -> Unknown:
        found = connectors_of(
            RestService(url, Secret("hunter2"), Deadline.after(seconds))
        ).connectors
        assert isinstance(found, Unknown)
        assert "hunter2" not in str(found)
        assert "s3cret" not in str(found)
        return found

    assert asked(f"http://127.0.0.1:{servers.free_port()}").why is Why.UNREACHABLE
    assert asked("ftp://127.0.0.1").why is Why.REFUSED
    with servers.serving(servers.garbage) as port:
        assert asked(f"http://user:s3cret@127.0.0.1:{port}").why is Why.UNREACHABLE
    with servers.serving(servers.silent) as port:
        assert asked(f"http://127.0.0.1:{port}", 0.3).why is Why.TIMED_OUT
    with servers.serving(servers.http) as port:
        assert asked(f"http://127.0.0.1:{port}").why is Why.REFUSED
