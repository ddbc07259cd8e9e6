"""Listeners that authenticate without encryption."""

from collections.abc import Iterator

from steward.analysis.checks.cluster.listeners import BrokerListener, evidence_of, listeners_by_name
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count
from steward.model.finding import ObjectRef, Remedy, Severity
from steward.model.snapshot import Part

_IN_CLEAR = frozenset({"PLAIN", "OAUTHBEARER"})


@check("C05", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def listener_sasl_plaintext(facts: Facts, _: None) -> Iterator[FoundState]:
    """A listener authenticates clients over an unencrypted connection.

    What it means: the listener's protocol is SASL_PLAINTEXT. With PLAIN or OAUTHBEARER the password or token is sent
        in clear text; with SCRAM and GSSAPI the secret is not, but all data is (medium severity). On a loopback
        address the traffic stays on one machine (low severity).
    Why it matters: an attacker who can capture network traffic reads the data and, with PLAIN, the passwords, and can
        then act as that user.
    What to do: map the listener to SASL_SSL, and change the passwords that were sent in clear text.
    """
    for name, listeners in listeners_by_name(facts).items():
        clear = tuple(one for one in listeners if one.protocol == "SASL_PLAINTEXT")
        if not clear:
            continue
        mechanisms = {m.strip() for one in clear for m in one.mechanisms.split(",")}
        exposed = sorted(mechanisms & _IN_CLEAR)
        what = f"secrets of {' and '.join(exposed)} and all data" if exposed else "all data"
        yield FoundState(
            object=ObjectRef("listener", name),
            severity=_severity(clear, bool(exposed)),
            summary=f"{what} travel unencrypted: SASL_PLAINTEXT on {count(len(clear), 'broker')}",
            evidence=evidence_of(clear),
            remedy=Remedy(
                f"map {name} to SASL_SSL in listener.security.protocol.map of every broker, give it a key store, "
                "and restart them one at a time"
            ),
        )
    facts.require_all_broker_configs()


def _severity(listeners: tuple[BrokerListener, ...], secrets_exposed: bool) -> Severity:
    if all(one.is_loopback for one in listeners):
        return Severity.LOW
    return Severity.HIGH if secrets_exposed else Severity.MEDIUM
