"""The rule on local programs: what a plan runs on this machine is agreed to, in production from a list alone."""

from shlex import join

from steward.change.guard.subject import GuardInput, Reasons, approve, refuse
from steward.change.planning.password_source import PasswordKind, password_source
from steward.model.change import UpsertScram


def programs(subject: GuardInput) -> Reasons:
    """Judge every program that executing the plan would run, in whatever environment."""
    policy = subject.policy
    for index, step in subject.steps:
        if not isinstance(step.change, UpsertScram):
            continue
        source = password_source(step.change.password_from)
        if isinstance(source, str):
            yield refuse("impossible", step.object, source, "name another place", index)
            continue
        if source.kind is not PasswordKind.COMMAND:
            continue
        path = policy.real_path(source.words[0])
        if policy.is_production and path not in policy.allowed_programs:
            named = path or f"{source.words[0]}, which is not found,"
            yield refuse(
                "program_not_allowed",
                step.object,
                f"{source.effect}; {named} is not among the profile's allowed_programs",
                f'to allow it, add to the profile: allowed_programs = ["{path or "/PATH/OF/PROGRAM"}"]',
                index,
            )
            continue
        words = join((path or source.words[0], *source.words[1:]))
        message = f"a local program runs on this machine to get the password: {words}"
        yield approve("runs_program", step.object, message, "check what it does", index)
