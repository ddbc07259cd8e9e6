"""Recent samples of a group, saved by a daemon in this store."""

from steward.analysis.diagnosis.sample_codec import unpack
from steward.analysis.diagnosis.samples import GroupSample
from steward.commands.api.context import Context
from steward.commands.api.open_store import key_of, stored_cluster
from steward.documents.files import path_of
from steward.model.error import StewardError
from steward.settings.store import FILE_NAME, store_url

FRESH_SECONDS = 60.0
"""Maximum age of the latest saved sample to be combined with a new one."""
REACH_SECONDS = 1_200.0


def saved_samples(
    context: Context, group: str, now_ms: int, cluster_id: str
) -> tuple[GroupSample, ...]:
    """Return the samples of the last minutes of the cluster with this id, oldest first.

    Empty where none are saved, or they are too old. A store that cannot be read is no error here: new samples suffice.
    """
    try:
        bodies = _read(context, group, now_ms, cluster_id)
    except StewardError:
        return ()
    samples = tuple(
        sample
        for at_ms, body in bodies
        if at_ms <= now_ms and (sample := unpack(body, group)) is not None
    )
    if not samples or now_ms / 1000 - samples[-1].at > FRESH_SECONDS:
        return ()
    return samples


def _read(
    context: Context, group: str, now_ms: int, cluster_id: str
) -> tuple[tuple[int, bytes], ...]:
    url = store_url(context.settings, context.environ)
    place = url.reveal()
    own_file = place.startswith("sqlite:///") and place.endswith(FILE_NAME)
    if own_file and not path_of(place.removeprefix("sqlite:///")).exists():
        return ()  # opening it would create one
    from steward.store.open import open_store

    since = now_ms - round(REACH_SECONDS * 1000)
    with open_store(url) as store:
        key = key_of(stored_cluster(context, store, cluster_id))
        return store.group_samples.read(key, group, since_ms=since)
