"""Downloads locked jars from the Maven repository into the cache, by jgo, complete and verified."""

import tempfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from steward.sandbox.error import SandboxError
from steward.sandbox.files import not_written
from steward.sandbox.lockfile import LockedJar
from steward.sandbox.verify import check_sha256

_PARALLEL = 6
_TIMEOUT_S = 30


def fetch_jars(jars: Sequence[LockedJar], into: Path, progress: Callable[[str], None]) -> None:
    """Download jars; each appears in the folder only after its hash is verified.

    Errors: SandboxError if the repository is not reachable or a hash differs.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".partial-") as staging, _trust():
            context = maven_context(Path(staging))
            with ThreadPoolExecutor(_PARALLEL) as pool:
                pending = [pool.submit(_fetch_one, context, jar, into) for jar in jars]
                try:
                    for count, (jar, one) in enumerate(zip(jars, pending, strict=True), 1):
                        one.result()
                        progress(f"fetched {count} of {len(jars)} jars: {jar.artifact}")
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
    except OSError as fault:
        raise not_written(into, fault) from fault


def maven_context(repo_cache: Path) -> Any:
    """Create jgo's Maven context; a company's own repositories come from jgo's configuration file."""
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    mirrors = GlobalSettings.load().repositories or None
    return MavenContext(repo_cache=repo_cache, remote_repos=mirrors, timeout=_TIMEOUT_S)


def _fetch_one(context: Any, jar: LockedJar, into: Path) -> None:
    import requests

    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        staged: Path = component.artifact(jar.classifier).resolve()
    except requests.RequestException as fault:
        raise _unreachable(jar, _cause(fault)) from fault
    except RuntimeError as fault:
        raise _unreachable(jar, "the repository does not have it") from fault
    check_sha256(jar, staged, where="as downloaded")
    staged.replace(into / jar.filename)


def _unreachable(jar: LockedJar, why: str) -> SandboxError:
    return SandboxError(
        f"cannot fetch {jar.filename} from the Maven repository: {why}",
        remedy="Check network, proxy (HTTPS_PROXY) and certificates (REQUESTS_CA_BUNDLE), or name "
        "a mirror under [repositories] in jgo's configuration file, or use --kafka-home DIR.",
    )


def _cause(fault: BaseException) -> str:
    while fault.__context__ is not None:
        fault = fault.__context__
    return " ".join(str(fault).split())[:200] or type(fault).__name__


@contextmanager
def _trust() -> Generator[None]:
    """Trust the system's certificates, so that a company's proxy works without settings."""
    import truststore

    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()
