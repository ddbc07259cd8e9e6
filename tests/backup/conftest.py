"""Object stores to try everything on: a directory, and a bucket of an S3 server on loopback."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import boto3
import pytest

from steward.backup.capture import copier
from steward.backup.stores.open import open_object_store
from steward.backup.stores.port import ObjectStore
from support.s3_server import SETTINGS, s3_server

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 server, shared: each test has its own bucket."""
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket, reached with the credentials of the environment."""
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**SETTINGS, "AWS_ENDPOINT_URL": s3_endpoint}.items():
        monkeypatch.setenv(name, value)
    name = f"backups-{next(_NUMBERS)}"
    boto3.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Each kind of store in turn, empty."""
    if request.param == "directory":
        return open_object_store("backups", tmp_path)
    return open_object_store(f"s3://{request.getfixturevalue('bucket')}/prod", tmp_path)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once."""
    monkeypatch.setattr(copier, "_PAUSE_SECONDS", 0.0)
