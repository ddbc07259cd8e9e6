"""Effective configurations of topics, brokers, loggers, groups and client metrics: DescribeConfigs."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    INVALID_TOPIC_EXCEPTION,
    NONE,
    UNKNOWN_TOPIC_OR_PARTITION,
    raise_for,
    right,
    unknown_of,
    unknown_of_code,
)
from steward.cluster.adapters.messages import DescribeConfigsRequest, ListConfigResourcesRequest
from steward.cluster.adapters.part_result import batches, shared
from steward.model.config import ConfigEntry, Configs, ConfigSource, ConfigSynonym
from steward.model.config_definition import ConfigType
from steward.model.error import NotSupported, StewardError
from steward.model.unknown import Unknown, Why

_RESOURCES_PER_REQUEST = 500
_NO_SUCH_TOPIC = frozenset({UNKNOWN_TOPIC_OR_PARTITION, INVALID_TOPIC_EXCEPTION})
_SOURCES = {
    0: ConfigSource.UNKNOWN,
    1: ConfigSource.TOPIC,
    2: ConfigSource.BROKER,
    3: ConfigSource.BROKER_DEFAULT,
    4: ConfigSource.STATIC,
    5: ConfigSource.DEFAULT,
    6: ConfigSource.LOGGER,
    7: ConfigSource.CLIENT_METRICS,
    8: ConfigSource.GROUP,
}
_TYPES = {
    1: ConfigType.BOOLEAN,
    2: ConfigType.STRING,
    3: ConfigType.INT,
    4: ConfigType.SHORT,
    5: ConfigType.LONG,
    6: ConfigType.DOUBLE,
    7: ConfigType.LIST,
    8: ConfigType.CLASS,
    9: ConfigType.PASSWORD,
}
"""DescribeConfigsResponse.ConfigType; 0 is a type that the broker does not know."""


class ResourceType(IntEnum):
    """Kafka's codes of configurable resources."""

    TOPIC = 2
    BROKER = 4
    BROKER_LOGGER = 8
    CLIENT_METRICS = 16
    GROUP = 32


_RIGHTS = {ResourceType.TOPIC: "topic", ResourceType.GROUP: "group"}

ConfigsByName = dict[str, Configs | Unknown]


async def read_configs(
    client: KafkaClient,
    kind: ResourceType,
    names: Sequence[str],
    keys: frozenset[str] | None = None,
    *,
    synonyms: bool,
) -> ConfigsByName:
    """Describe resources that every broker knows: topics, groups, client metrics subscriptions.

    Shape: name to entries, or Unknown where denied; a topic that does not exist is absent. If ``keys`` is not empty,
           only these keys are requested.
    """
    reader = _Reader(client, kind, synonyms, keys)
    pieces = dict(enumerate(batches(names, _RESOURCES_PER_REQUEST)))
    answers = await client.all({i: reader.read(None, piece) for i, piece in pieces.items()})
    found: ConfigsByName = {}
    for index, answer in answers.items():
        if isinstance(answer, NotSupported):
            raise answer
        if isinstance(answer, StewardError):
            found |= dict.fromkeys(pieces[index], unknown_of(answer))
        else:
            found |= answer
    return dict(sorted(found.items()))


async def read_broker_configs(
    client: KafkaClient, kind: ResourceType, brokers: Sequence[int], *, synonyms: bool
) -> dict[int, Configs | Unknown]:
    """Describe brokers or their loggers; each broker is asked for its own."""
    reader = _Reader(client, kind, synonyms)
    answers = await client.all({b: reader.read(b, [str(b)]) for b in brokers})
    nothing = Unknown(Why.REFUSED, "the broker's answer does not mention it")
    return {
        broker: unknown_of(answer)
        if isinstance(answer, StewardError)
        else answer.get(str(broker), nothing)
        for broker, answer in answers.items()
    }


async def list_resources(client: KafkaClient, kind: ResourceType) -> tuple[str, ...]:
    """List the groups or client metrics subscriptions that have configurations of their own.

    Errors: NotSupported before Kafka 3.7, or 4.1 for groups (KIP-1142).
    """
    request = ListConfigResourcesRequest(
        resource_types=[int(kind)], min_version=0 if kind is ResourceType.CLIENT_METRICS else 1
    )
    response = await client.ask_any(request)
    acl = right("DESCRIBE_CONFIGS", "cluster")
    raise_for(response.error_code, what="ListConfigResources", acl=acl)
    of_kind = (
        r for r in response.config_resources if response.version == 0 or r.resource_type == kind
    )
    return tuple(sorted(r.resource_name for r in of_kind))


class _Reader:
    """Sends requests and converts answers, sharing equal entries: most topics have most entries in common."""

    def __init__(
        self,
        client: KafkaClient,
        kind: ResourceType,
        synonyms: bool,
        keys: frozenset[str] | None = None,
    ) -> None:
        self._client = client
        self._kind = kind
        self._synonyms = synonyms
        self._keys = sorted(keys) if keys else None
        self._entries: dict[Any, ConfigEntry] = {}
        self._table: dict[Any, Any] = {}

    async def read(self, broker: int | None, names: Sequence[str]) -> ConfigsByName:
        resource = DescribeConfigsRequest.DescribeConfigsResource
        request = DescribeConfigsRequest(
            resources=[
                resource(
                    resource_type=int(self._kind), resource_name=n, configuration_keys=self._keys
                )
                for n in names
            ],
            include_synonyms=self._synonyms,
            include_documentation=False,
        )
        ask = self._client.ask_any(request) if broker is None else self._client.ask(broker, request)
        response = await ask
        return {
            result.resource_name: self._result(result)
            for result in response.results
            if result.error_code not in _NO_SUCH_TOPIC
        }

    def _result(self, result: Any) -> Configs | Unknown:
        if result.error_code == NONE:
            return self._configs(result.configs)
        scope = _RIGHTS.get(self._kind)
        acl = (
            right("DESCRIBE_CONFIGS", scope, result.resource_name)
            if scope
            else right("DESCRIBE_CONFIGS", "cluster")
        )
        return unknown_of_code(result.error_code, acl=acl, message=result.error_message)

    def _configs(self, configs: Sequence[Any]) -> Mapping[str, ConfigEntry]:
        return {c.name: self._entry(c) for c in sorted(configs, key=lambda c: c.name)}

    def _entry(self, c: Any) -> ConfigEntry:
        synonyms = tuple((s.name, s.value, s.source) for s in c.synonyms)
        key = (
            c.name,
            c.value,
            c.config_source,
            c.is_sensitive,
            c.read_only,
            c.config_type,
            synonyms,
        )
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = ConfigEntry(
                name=c.name,
                value=None if c.is_sensitive else c.value,
                source=_SOURCES.get(c.config_source, ConfigSource.UNKNOWN),
                is_sensitive=c.is_sensitive,
                is_read_only=c.read_only,
                synonyms=tuple(shared(self._table, _synonym(*s)) for s in synonyms),
                type=_TYPES.get(c.config_type),
            )
        return entry


def _synonym(name: str, value: str | None, source: int) -> ConfigSynonym:
    return ConfigSynonym(name, value, _SOURCES.get(source, ConfigSource.UNKNOWN))
