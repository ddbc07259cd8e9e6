"""Reading consumers' endpoints and statistics files: bounded in time and size, never a fault."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from steward.diagnosis.client_metrics import reports_of_metrics
from steward.diagnosis.client_report import ClientReport
from steward.diagnosis.client_statistics import reports_of_statistics
from steward.model.exposition import parse

LARGEST_ANSWER_BYTES = 16 * 1024 * 1024
LARGEST_FILE_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_AT_ONCE = 16

Outcome = tuple[ClientReport, ...] | str
"""What was said, or why nothing could be read."""


def read_clients(
    urls: Iterable[str], files: Iterable[str], timeout_seconds: float
) -> tuple[tuple[ClientReport, ...], tuple[str, ...]]:
    """Read every endpoint and file, side by side; return what they say, and what could not be read and why."""
    works: list[Callable[[], Outcome]] = [
        partial(_of_endpoint, url, timeout_seconds) for url in urls
    ]
    works += [partial(_of_file, path) for path in files]
    if not works:
        return (), ()
    with ThreadPoolExecutor(min(len(works), _AT_ONCE)) as pool:
        outcomes = [running.result() for running in [pool.submit(work) for work in works]]
    reports = tuple(r for found in outcomes if not isinstance(found, str) for r in found)
    return reports, tuple(found for found in outcomes if isinstance(found, str))


def _of_endpoint(url: str, timeout_seconds: float) -> Outcome:
    shown = _shown(url)
    try:
        text = _fetched(url, timeout_seconds)
    except TimeoutError:
        return f"{shown} did not answer in {timeout_seconds:g} s"
    except (OSError, HTTPException, ValueError) as error:
        return f"{shown}: {_reason(error)}"
    return reports_of_metrics(parse(text), shown) or f"{shown} has no metrics of a Kafka consumer"


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(reason) or type(error).__name__


def _fetched(url: str, timeout_seconds: float) -> str:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("not an http or https URL")
    deadline = time.monotonic() + timeout_seconds
    asked = urllib.request.Request(url, headers={"Accept": "text/plain"})  # noqa: S310 - checked above
    chunks: list[bytes] = []
    left = LARGEST_ANSWER_BYTES
    with urllib.request.urlopen(asked, timeout=timeout_seconds) as response:  # noqa: S310 - checked above
        while chunk := response.read1(_CHUNK_BYTES):
            chunks.append(chunk)
            left -= len(chunk)
            if left < 0:
                raise ValueError(f"answer is larger than {LARGEST_ANSWER_BYTES} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
    return b"".join(chunks).decode("utf-8", "replace")


def _shown(url: str) -> str:
    """Show an endpoint without what may be secret in it: user, password, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _of_file(path: str) -> Outcome:
    try:
        size = Path(path).stat().st_size
        if size > LARGEST_FILE_BYTES:
            return f"{path} is larger than {LARGEST_FILE_BYTES} bytes"
        text = Path(path).read_text("utf-8", "replace")
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return reports_of_statistics(text, path) or f"{path} has no statistics of a librdkafka consumer"
