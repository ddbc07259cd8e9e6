"""Reads consumers' endpoints and statistics files, bounded in time and size; never raises a fault."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from steward.analysis.diagnosis.client_metrics import reports_of_metrics
from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.client_statistics import reports_of_statistics
from steward.http_client import Deadline, get
from steward.model.exposition import parse
from steward.model.redaction import shown_url
from steward.model.unknown import Unknown

LARGEST_ANSWER_BYTES = 16 * 1024 * 1024
LARGEST_FILE_BYTES = 64 * 1024 * 1024
_AT_ONCE = 16

ClientReports = tuple[ClientReport, ...] | str
"""What was read, or why nothing could be read."""


def read_clients(
    urls: Iterable[str], files: Iterable[str], timeout_seconds: float
) -> tuple[tuple[ClientReport, ...], tuple[str, ...]]:
    """Read every endpoint and file in parallel; return what they contain, and what could not be read and why.

    The timeout covers all of them together.
    """
    deadline = Deadline.after(timeout_seconds)
    works: list[Callable[[], ClientReports]] = [
        partial(_of_endpoint, url, deadline) for url in urls
    ]
    works += [partial(_of_file, path) for path in files]
    if not works:
        return (), ()
    with ThreadPoolExecutor(min(len(works), _AT_ONCE)) as pool:
        outcomes = [running.result() for running in [pool.submit(work) for work in works]]
    reports = tuple(r for found in outcomes if not isinstance(found, str) for r in found)
    return reports, tuple(found for found in outcomes if isinstance(found, str))


def _of_endpoint(url: str, deadline: Deadline) -> ClientReports:
    body = get(url, deadline, most_bytes=LARGEST_ANSWER_BYTES, accept="text/plain")
    if isinstance(body, Unknown):
        return str(body)
    shown, text = shown_url(url), body.decode("utf-8", "replace")
    return reports_of_metrics(parse(text), shown) or f"{shown} has no metrics of a Kafka consumer"


def _of_file(path: str) -> ClientReports:
    try:
        size = Path(path).stat().st_size
        if size > LARGEST_FILE_BYTES:
            return f"{path} is larger than {LARGEST_FILE_BYTES} bytes"
        text = Path(path).read_text("utf-8", "replace")
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return reports_of_statistics(text, path) or f"{path} has no statistics of a librdkafka consumer"
