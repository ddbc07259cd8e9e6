import hashlib
import http.server
import os
import threading

import pytest

from steward.sandbox import verify
from steward.sandbox.error import SandboxError
from steward.sandbox.fetch import fetch_jars
from steward.sandbox.jars import kafka_jars
from steward.sandbox.lockfile import LockedJar
from steward.sandbox.ports import free_ports
from steward.sandbox.verify import verify_jars

CONTENT = b"a jar, for all that a hash can tell"
JAR = LockedJar(
    group="org.example",
    artifact="thing",
    version="1.0",
    classifier="",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


@pytest.fixture
def cached(tmp_path):
    file = tmp_path / JAR.filename
    file.write_bytes(CONTENT)
    return file


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Point jgo at a repository on loopback; yields what it serves by path."""
    served: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = served.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _use_repository(tmp_path, monkeypatch, server.server_port)
        yield served
        server.shutdown()


def _use_repository(tmp_path, monkeypatch, port):
    config = tmp_path / "jgo.conf"
    config.write_text(f"[repositories]\nlocal = http://127.0.0.1:{port}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_a_jar_that_was_altered_is_refused_and_the_way_out_is_told(cached):
    verify_jars([JAR], cached.parent)
    cached.write_bytes(CONTENT.replace(b"jar", b"war"))
    with pytest.raises(SandboxError) as refused:
        verify_jars([JAR], cached.parent)
    assert JAR.filename in refused.value.summary
    assert JAR.sha256 in refused.value.summary
    assert hashlib.sha256(cached.read_bytes()).hexdigest() in refused.value.summary
    assert f"Delete {cached}" in refused.value.remedy


def test_an_altered_jar_is_noticed_even_with_its_old_size_and_time(cached):
    verify_jars([JAR], cached.parent)
    before = cached.stat()
    cached.write_bytes(CONTENT.replace(b"jar", b"war"))
    os.utime(cached, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(SandboxError):
        verify_jars([JAR], cached.parent)


def test_a_verified_jar_is_not_hashed_again(cached, monkeypatch):
    hashed = []
    check = verify.check_sha256
    monkeypatch.setattr(verify, "check_sha256", lambda *a, **k: (hashed.append(a), check(*a, **k)))
    verify_jars([JAR], cached.parent)
    verify_jars([JAR], cached.parent)
    assert len(hashed) == 1


def test_damaged_stamps_only_cost_time(cached):
    (cached.parent / verify.STAMPS).write_text("[1, 2")
    verify_jars([JAR], cached.parent)
    cached.write_bytes(b"other")
    with pytest.raises(SandboxError):
        verify_jars([JAR], cached.parent)


def test_a_jar_is_fetched_whole_and_verified(repository, tmp_path):
    repository["/org/example/thing/1.0/thing-1.0.jar"] = CONTENT
    told = []
    fetch_jars([JAR], tmp_path / "jars", told.append)
    assert (tmp_path / "jars" / JAR.filename).read_bytes() == CONTENT
    assert [entry.name for entry in (tmp_path / "jars").iterdir()] == [JAR.filename]
    assert any("thing" in line for line in told)


@pytest.mark.parametrize("body", [CONTENT[:-1], CONTENT + b"!", b""])
def test_a_download_with_another_hash_never_reaches_the_cache(repository, tmp_path, body):
    repository["/org/example/thing/1.0/thing-1.0.jar"] = body
    with pytest.raises(SandboxError, match="SHA-256"):
        fetch_jars([JAR], tmp_path / "jars", lambda _: None)
    assert list((tmp_path / "jars").iterdir()) == []


def test_a_jar_that_the_repository_lacks_is_named(repository, tmp_path):
    with pytest.raises(SandboxError, match=r"thing-1\.0\.jar.*does not have it"):
        fetch_jars([JAR], tmp_path / "jars", lambda _: None)


def test_an_unreachable_repository_is_one_line_with_a_remedy(tmp_path, monkeypatch):
    _use_repository(tmp_path, monkeypatch, free_ports(1)[0])
    with pytest.raises(SandboxError) as fault:
        fetch_jars([JAR], tmp_path / "jars", lambda _: None)
    assert "\n" not in fault.value.summary
    assert "Connection refused" in fault.value.summary
    assert "REQUESTS_CA_BUNDLE" in fault.value.remedy


def test_a_kafka_home_without_kafka_is_refused(tmp_path):
    with pytest.raises(SandboxError, match="is no Apache Kafka installation"):
        kafka_jars("4.3.1", kafka_home=tmp_path)
