import re

import pytest

from steward.sandbox import lockfile
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import AGENT_ARTIFACT
from steward.sandbox.lockfile import (
    DEFAULT_KAFKA_VERSION,
    KAFKA,
    STREAMS,
    known_versions,
    lock_name,
    parse_lock,
    read_lock,
)

VERSIONS = ("3.9.2", "4.1.2", "4.3.1", "4.4.0")
WITH_STREAMS = ("4.3.1", "4.4.0")


def test_the_shipped_versions_are_listed_oldest_first():
    assert known_versions() == VERSIONS
    assert VERSIONS[-1] == DEFAULT_KAFKA_VERSION


@pytest.mark.parametrize("version", VERSIONS)
def test_every_jar_is_pinned_and_kafkas_own_are_of_one_version(version):
    jars = read_lock(version)
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in jars)
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {version}
    assert {"kafka_2.13", "kafka-tools", "kafka-clients", AGENT_ARTIFACT} <= {
        jar.artifact for jar in jars
    }


def test_no_two_different_jars_share_a_file_name():
    hashes: dict[str, set[str]] = {}
    for version in VERSIONS:
        for jar in read_lock(version):
            hashes.setdefault(jar.filename, set()).add(jar.sha256)
    for version in WITH_STREAMS:
        for jar in read_lock(version, STREAMS):
            hashes.setdefault(jar.filename, set()).add(jar.sha256)
    assert {name: found for name, found in hashes.items() if len(found) > 1} == {}


@pytest.mark.parametrize("version", WITH_STREAMS)
def test_streams_jars_add_to_kafkas_without_repeating_them(version):
    kafka = {jar.filename for jar in read_lock(version, KAFKA)}
    streams = {jar.filename for jar in read_lock(version, STREAMS)}
    assert f"kafka-streams-{version}.jar" in streams
    assert any(name.startswith("kafka-streams-examples-") for name in streams)
    assert not kafka & streams


@pytest.mark.parametrize("version", VERSIONS)
def test_lock_files_name_no_host(version):
    text = lockfile._folder().joinpath(lock_name(KAFKA, version)).read_text(encoding="utf-8")
    assert "://" not in text


def test_an_unknown_version_is_refused_with_the_known_ones():
    with pytest.raises(SandboxError) as refused:
        read_lock("2.8.0")
    assert "2.8.0" in refused.value.summary
    assert all(version in refused.value.remedy for version in VERSIONS)


def test_a_lock_without_a_hash_is_not_a_lock():
    with pytest.raises(SandboxError, match="no string sha256"):
        parse_lock({"dependencies": [{"groupId": "g", "artifactId": "a", "version": "1"}]})
