"""Reads the connectors of Kafka Connect and the subjects of a schema registry."""

from collections.abc import Mapping
from typing import Any, cast

from steward.cluster.external.rest import RestService
from steward.model.layer import ConnectCluster, Connector
from steward.model.unknown import Unknown, Why


def connectors_of(service: RestService) -> ConnectCluster:
    """Return the connectors of one Connect cluster, with the topics that each has used.

    Source: GET /connectors?expand=info (KIP-465), GET /connectors/NAME/topics (KIP-558).
    """
    answer = service.get("connectors", query="expand=info")
    found: tuple[Connector, ...] | Unknown = (
        answer if isinstance(answer, Unknown) else _connectors(service, answer)
    )
    return ConnectCluster(place=service.place, connectors=found)


def _connectors(service: RestService, answer: Any) -> tuple[Connector, ...] | Unknown:
    try:
        infos = {str(name): _map(found["info"]) for name, found in _map(answer).items()}
        return tuple(_connector(service, name, info) for name, info in sorted(infos.items()))
    except (KeyError, TypeError, ValueError):
        return _malformed(service)


def _connector(service: RestService, name: str, info: Mapping[str, Any]) -> Connector:
    return Connector(
        name=name,
        kind=str(info.get("type", "connector")).lower(),
        settings={str(k): str(v) for k, v in _map(info["config"]).items()},
        topics=_topics(service, name),
    )


def _topics(service: RestService, name: str) -> tuple[str, ...] | Unknown:
    answer = service.get("connectors", name, "topics")
    if isinstance(answer, Unknown):
        return answer
    try:
        return tuple(str(topic) for topic in _map(answer)[name]["topics"])
    except (KeyError, TypeError, ValueError):
        return _malformed(service)


def subjects_of(service: RestService) -> tuple[str, ...] | Unknown:
    """Return the subjects of a schema registry.

    Source: GET /subjects.
    """
    answer = service.get("subjects")
    if isinstance(answer, Unknown):
        return answer
    if not isinstance(answer, list):
        return _malformed(service)
    return tuple(str(subject) for subject in cast("list[object]", answer))


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(type(value).__name__)
    return cast("Mapping[str, Any]", value)


def _malformed(service: RestService) -> Unknown:
    return Unknown(Why.REFUSED, f"{service.place}: unexpected answer")
