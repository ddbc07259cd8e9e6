"""Commands of a diagnosis with the cluster's address in them, so that they can be pasted."""

from collections.abc import Iterable
from dataclasses import replace

from steward.diagnosis.decide import Diagnosis
from steward.model.verdict import Action, Verdict


def addressed(found: Diagnosis, bootstrap: str) -> Diagnosis:
    """Put the cluster's address into commands, so that they can be pasted."""
    return replace(
        found,
        verdict=_with_address(found.verdict, bootstrap),
        runners_up=tuple(_with_address(v, bootstrap) for v in found.runners_up),
        advice=tuple(_actions(found.advice, bootstrap)),
    )


def _with_address(verdict: Verdict, bootstrap: str) -> Verdict:
    return replace(verdict, actions=tuple(_actions(verdict.actions, bootstrap)))


def _actions(actions: Iterable[Action], bootstrap: str) -> Iterable[Action]:
    for action in actions:
        command = action.command
        yield (
            action
            if command is None
            else replace(action, command=command.replace("$BOOTSTRAP", bootstrap))
        )
