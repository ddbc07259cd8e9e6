"""The indexed authorizer answers as a plain reading of Kafka's rules does, over every binding."""

from hypothesis import given
from hypothesis import strategies as st

from steward.model.acl import AclBinding
from steward.model.authorization import AccessAnswer, AccessRule, Authorizer

HOSTS = ("10.0.0.1", "10.0.0.2")
PRINCIPALS = ("User:a", "User:b", "Group:a")
OPERATIONS = (
    "READ",
    "WRITE",
    "CREATE",
    "DELETE",
    "ALTER",
    "DESCRIBE",
    "DESCRIBE_CONFIGS",
    "ALTER_CONFIGS",
)
TYPES = ("TOPIC", "GROUP")
NAMES = st.text(alphabet="ab*", min_size=1, max_size=3)

bindings = st.builds(
    AclBinding,
    resource_type=st.sampled_from(TYPES),
    resource_name=st.one_of(NAMES, st.just("*")),
    pattern_type=st.sampled_from(("LITERAL", "PREFIXED")),
    principal=st.sampled_from((*PRINCIPALS, "User:*")),
    host=st.sampled_from((*HOSTS, "*")),
    operation=st.sampled_from((*OPERATIONS, "ALL")),
    permission=st.sampled_from(("ALLOW", "ALLOW", "DENY")),
)
acl_sets = st.lists(bindings, max_size=12)
questions = st.tuples(
    st.sampled_from(PRINCIPALS),
    st.sampled_from(HOSTS),
    st.sampled_from(OPERATIONS),
    st.sampled_from(TYPES),
    NAMES,
)

IMPLIES = {
    "DESCRIBE": ("READ", "WRITE", "DELETE", "ALTER"),
    "DESCRIBE_CONFIGS": ("ALTER_CONFIGS",),
}


def on_resource(acl, resource_type, name):
    if acl.resource_type != resource_type:
        return False
    if acl.pattern_type == "PREFIXED":
        return name.startswith(acl.resource_name)
    return acl.resource_name in (name, "*")


def speaks(acl, principal, host, operation):
    who = acl.principal in (principal, "User:*") and acl.host in (host, "*")
    implied = acl.permission == "ALLOW" and acl.operation in IMPLIES.get(operation, ())
    return who and (acl.operation in (operation, "ALL") or implied)


def plainly(acls, question, allow_everyone):
    principal, host, operation, resource_type, name = question
    there = [acl for acl in acls if on_resource(acl, resource_type, name)]
    heard = {acl.permission for acl in there if speaks(acl, principal, host, operation)}
    if "DENY" in heard:
        return AccessAnswer.DENIED
    if "ALLOW" in heard:
        return AccessAnswer.ALLOWED
    if there or allow_everyone is False:
        return AccessAnswer.DENIED
    return AccessAnswer.NO_ACL if allow_everyone is None else AccessAnswer.ALLOWED


@given(acl_sets, questions, st.sampled_from((None, True, False)))
def test_answers_as_a_plain_reading_of_all_bindings(acls, question, allow_everyone):
    authorizer = Authorizer(acls, allow_everyone=allow_everyone)
    assert authorizer.decide(*question).access is plainly(acls, question, allow_everyone)


@given(acl_sets, questions)
def test_the_deciding_binding_is_one_that_speaks(acls, question):
    principal, host, operation, resource_type, name = question
    decision = Authorizer(acls).decide(*question)
    if decision.rule is AccessRule.ACL:
        assert decision.acl in acls
        assert on_resource(decision.acl, resource_type, name)
        assert speaks(decision.acl, principal, host, operation)


@given(acl_sets, questions)
def test_a_super_user_is_never_denied(acls, question):
    decision = Authorizer(acls, super_users=frozenset({question[0]})).decide(*question)
    assert (decision.access, decision.rule) == (AccessAnswer.ALLOWED, AccessRule.SUPER_USER)


@given(acl_sets, bindings, questions)
def test_one_more_deny_never_opens_what_was_closed(acls, extra, question):
    deny = AclBinding(**{**fields(extra), "permission": "DENY"})
    before = Authorizer(acls, allow_everyone=False).decide(*question).access
    after = Authorizer([*acls, deny], allow_everyone=False).decide(*question).access
    assert (before, after) != (AccessAnswer.DENIED, AccessAnswer.ALLOWED)


@given(acl_sets, bindings, questions)
def test_removing_a_subsumed_allow_changes_no_answer(acls, extra, question):
    allow = AclBinding(**{**fields(extra), "permission": "ALLOW"})
    authorizer = Authorizer([*acls, allow], allow_everyone=False)
    if authorizer.covering_allow(allow):
        without = Authorizer([a for a in acls if a != allow], allow_everyone=False)
        assert without.decide(*question).access is authorizer.decide(*question).access


@given(acl_sets, bindings, questions)
def test_a_defeated_allow_never_permits_its_own_operation(acls, extra, question):
    allow = AclBinding(**{**fields(extra), "permission": "ALLOW"})
    authorizer = Authorizer([*acls, allow])
    if authorizer.overriding_deny(allow):
        assert authorizer.decide(*question).acl != allow or allow.operation != question[2]


@given(acl_sets, questions)
def test_what_may_be_done_to_one_resource_may_be_done_to_any(acls, question):
    principal, host, operation, resource_type, _ = question
    authorizer = Authorizer(acls)
    decision = authorizer.decide(*question)
    if decision.access is AccessAnswer.ALLOWED and decision.acl.operation in (operation, "ALL"):
        assert authorizer.may_use_any(principal, host, operation, resource_type)


@given(acl_sets, questions)
def test_may_use_any_needs_an_allow_that_is_not_denied_whole(acls, question):
    principal, host, operation, resource_type, _ = question
    authorizer = Authorizer(acls)
    if authorizer.may_use_any(principal, host, operation, resource_type):
        assert any(a.permission == "ALLOW" and speaks(a, principal, host, operation) for a in acls)
        wildcard_deny = AclBinding(resource_type, "*", "LITERAL", "User:*", "*", "ALL", "DENY")
        assert wildcard_deny not in acls


@given(acl_sets, questions, st.randoms())
def test_the_order_of_bindings_does_not_matter(acls, question, random):
    shuffled = list(acls)
    random.shuffle(shuffled)
    assert Authorizer(acls).decide(*question) == Authorizer(shuffled).decide(*question)


def fields(acl):
    return {name: getattr(acl, name) for name in AclBinding.__dataclass_fields__}
