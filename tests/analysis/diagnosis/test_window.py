"""How far back a diagnosis looks: rates of before the trouble must not hide it."""

from collections.abc import Callable

from steward.analysis.diagnosis.samples import GroupSample, commits_of, rate
from steward.analysis.diagnosis.time_window import relevant_samples
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NOT_REQUESTED, NotApplicable, Unknown

KEY = TopicPartition("orders", 0)
NONE = NotApplicable("classic")


def looks(
    committed: Callable[[int], int],
    end: Callable[[int], int],
    members: Callable[[int], tuple[str, ...]] | None = None,
) -> list[GroupSample]:
    """A look each ten seconds for twenty minutes."""
    return [
        GroupSample(
            at=float(at),
            group=group(NOT_REQUESTED if members is None else detail(members(at))),
            committed={KEY: committed(at)},
            offsets={KEY: PartitionOffsets(0, end(at), end(at))},
        )
        for at in range(0, 1_210, 10)
    ]


def group(about: GroupDetail | Unknown) -> Group:
    return Group(
        id="g", type=GroupType.CLASSIC, state="Stable", protocol_type="consumer", coordinator=1,
        detail=about,
    )  # fmt: skip


def detail(ids: tuple[str, ...]) -> GroupDetail:
    return GroupDetail(
        assignor="range", epoch=NONE, assignment_epoch=NONE,
        members=tuple(
            Member(id=i, instance_id=None, client_id="c", host="h", epoch=NONE, subscribed_topics=(),
                   assignment=(), target=NONE)
            for i in ids
        ),
    )  # fmt: skip


def seconds(of: tuple[GroupSample, ...]) -> float:
    return of[-1].at - of[0].at


def test_a_group_that_keeps_up_is_judged_by_five_minutes() -> None:
    found = relevant_samples(looks(lambda at: at * 10, lambda at: at * 10))
    assert seconds(found) == 300


def test_a_wait_that_was_asked_for_is_kept() -> None:
    found = relevant_samples(looks(lambda at: at * 10, lambda at: at * 10), at_least=600)
    assert seconds(found) == 600


def test_what_slowed_down_is_judged_by_how_slow_it_is_now() -> None:
    """Ten a second until 100 s ago, one a second since."""
    found = relevant_samples(
        looks(lambda at: at * 10 if at < 1_100 else 11_000 + (at - 1_100), lambda at: at * 10)
    )
    assert 150 <= seconds(found) <= 200
    assert rate(commits_of(found, KEY)) < 6


def test_what_was_slow_all_along_is_judged_by_five_minutes() -> None:
    found = relevant_samples(
        looks(lambda at: 10_000 + at * 4, lambda at: 10_000 + at * 4 + 4 * 90 + at)
    )
    assert seconds(found) >= 300


def test_an_old_backlog_goes_back_as_far_as_there_is_anything() -> None:
    found = relevant_samples(looks(lambda _: 0, lambda at: at * 10))
    assert seconds(found) == 1_200


def test_members_that_came_and_went_are_all_in_sight() -> None:
    found = relevant_samples(
        looks(
            lambda at: at * 10, lambda at: at * 10, lambda at: ("a",) if at != 1_000 else ("a", "b")
        )
    )
    assert seconds(found) == 300


def test_two_looks_at_least() -> None:
    far_apart = looks(lambda at: at, lambda at: at)[::30]
    assert len(relevant_samples(far_apart)) == 2
    assert relevant_samples([]) == ()
