"""The rule on local programs: running one requires confirmation, in production also an entry in a list."""

from shlex import join

from steward.change.guard.subject import GuardInput, Reasons, approve, refuse
from steward.change.planning.password_source import PasswordKind, password_source
from steward.model.change import UpsertScram


def programs(subject: GuardInput) -> Reasons:
    """Check every program that executing the plan would run, in every environment."""
    policy = subject.policy
    for index, step in subject.steps:
        if not isinstance(step.change, UpsertScram):
            continue
        source = password_source(step.change.password_from)
        if isinstance(source, str):
            yield refuse("impossible", step.object, source, "use another source", index)
            continue
        if source.kind is not PasswordKind.COMMAND:
            continue
        path = policy.real_path(source.words[0])
        if policy.is_production and path not in policy.allowed_programs:
            named = path or f"{source.words[0]} (not found)"
            yield refuse(
                "program_not_allowed",
                step.object,
                f"{source.effect}; {named} is not in the profile's allowed_programs",
                f'to allow it, add to the profile: allowed_programs = ["{path or "/PATH/OF/PROGRAM"}"]',
                index,
            )
            continue
        words = join((path or source.words[0], *source.words[1:]))
        message = f"runs a local program on this machine to get the password: {words}"
        yield approve("runs_program", step.object, message, "check what it does", index)
