"""Requests to the services of a profile: Kafka Connect and a schema registry."""

from collections.abc import Mapping

from steward.cluster.external.connect_and_registry import connectors_of, subjects_of
from steward.cluster.external.rest import RestService
from steward.commands.api.context import Context
from steward.http_client import Deadline
from steward.model.connection import Secret
from steward.model.layer import Layers
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Observed, Unknown
from steward.settings.secrets import secret_from


def layers_of(seen: ClusterSnapshot, context: Context) -> Layers:
    """Query the services of the profile; a snapshot of all topics shows which others are in use.

    Errors: ConfigurationError, for an authorization that cannot be read.
    """
    name, profile = context.named_profile
    deadline = Deadline.after(context.timeout_seconds or profile.request_timeout_seconds)

    def service(url: str, what: str, variable: str) -> RestService:
        place = f"profile {name}: {what}_authorization"
        authorization = _secret(place, variable, context.environ)
        return RestService(url, authorization, deadline)

    connect: list[RestService] = [
        service(url, "connect", profile.connect_authorization_env) for url in profile.connect
    ]
    if connect:
        context.progress("reading Kafka Connect")
    registry = profile.schema_registry
    return Layers(
        topics=_names(seen),
        connect=tuple(connectors_of(one) for one in connect),
        subjects=subjects_of(
            service(registry, "schema_registry", profile.schema_registry_authorization_env)
        )
        if registry
        else None,
    )


def _secret(place: str, variable: str, environ: Mapping[str, str]) -> Secret | None:
    return secret_from(place, variable, "", (), environ)


def _names(seen: ClusterSnapshot) -> frozenset[str] | Unknown:
    """Return the names of all topics; Unknown where some may be missing."""
    topics = seen.topics
    if not isinstance(topics, Observed):
        return topics
    return topics.gaps[0] if topics.gaps else frozenset(t.name for t in topics.value)
