"""What each command may import of other people's packages, and that a plain installation runs all but the extras."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from steward.commands.api.index import NOUNS, Noun
from steward.model.extra import DISTRIBUTION, Extra

ROOT = Path(__file__).parents[2]
EVERY = {"msgspec", "platformdirs"}
CONNECTION = {"cryptography", "kafka"}
COLUMNS, STORE = {"numpy"}, {"alembic", "sqlalchemy"}
HTTP, MANIFESTS = {"truststore", "urllib3"}, {"cel_expr_python", "yaml"}
CHANGES = CONNECTION | COLUMNS | STORE | HTTP | MANIFESTS
BACKUPS = {"cramjam", "crc32c", "obstore"}
"""Deleting a topic may rest on a verified backup, and a plan may restore one."""
LAB = {*Extra.SANDBOX.modules, "crc32c", "cryptography", "psutil", "requests", "truststore"}
KERBEROS = {"gssapi"}
"""Not a dependency: used where somebody installed it."""
MAY_IMPORT = {
    "check": set[str](),
    "lag": COLUMNS | STORE,
    "diagnose": COLUMNS | STORE | HTTP,
    "serve": CHANGES | BACKUPS | {"psutil", "starlette", "uvicorn"},
    "plan": CHANGES | BACKUPS,
    "apply": CHANGES | BACKUPS,
    "drift": COLUMNS | STORE | MANIFESTS,
    "export": MANIFESTS,
    "import": MANIFESTS,
    "lint": MANIFESTS,
    "doctor": CONNECTION,
    "permissions": STORE,
    "demo": LAB,
    "cluster": set[str](),
    "quorum": set[str](),
    "broker": CHANGES | BACKUPS,
    "capacity": COLUMNS | STORE,
    "topic": CHANGES | BACKUPS,
    "group": CHANGES | BACKUPS,
    "backup": CHANGES | BACKUPS,
    "acl": CHANGES | BACKUPS,
    "quota": CHANGES | BACKUPS,
    "user": CHANGES | BACKUPS,
    "reassignment": CHANGES | BACKUPS | {"highspy"},
    "transaction": CHANGES | BACKUPS,
    "log": COLUMNS | {"cramjam", "crc32c"},
    "alert": STORE | HTTP | {"yaml"},
    "sandbox": LAB,
    "profile": set[str](),
    "schema-of": {"yaml"},
}
"""By any chain of imports, at the top of a module or inside a function. What observes a cluster is joined elsewhere."""

_WITHOUT = """
import sys
class Hiding:
    def __init__(self, finder, hidden):
        self.finder, self.hidden = finder, hidden
    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in self.hidden else self.finder.find_spec(name, path, target)
    def __getattr__(self, name):
        return getattr(self.finder, name)
hidden = set(sys.argv[1].split(","))
sys.meta_path[:] = [Hiding(f, hidden) for f in sys.meta_path]
"""
_RUN = f"{_WITHOUT}\nfrom steward.__main__ import run\nsys.exit(run(sys.argv[2:]))"
_IMPORT_ALL = f"""{_WITHOUT}
import importlib, pkgutil, steward
for module in pkgutil.walk_packages(steward.__path__, "steward."):
    if ".migrations." not in module.name:
        importlib.import_module(module.name)
print(*sorted(hidden & sys.modules.keys()), "all imported")
"""
_LOADED = """
import json, sys
from steward.commands.api.index import NOUNS, capabilities_of
for noun in NOUNS:
    if noun.name in sys.argv[1:]:
        capabilities_of(noun)
roots = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(json.dumps(sorted(roots)))
"""
_TOPIC = """
apiVersion: steward/v1
kind: Topic
metadata: {name: orders, owner: shop}
spec: {partitions: 3, replicas: 3, retention: 7d, config: {min.insync.replicas: "2"}}
"""
EXTRA_MODULES = ",".join(
    (*(m for e in Extra for m in e.modules), "requests", "cjdk", "psycopg_binary")
)


def _without(code: str, *words: str, state: Path | None = None) -> subprocess.CompletedProcess[str]:
    folders = {} if state is None else {"STEWARD_STATE_DIR": str(state), "HOME": str(state)}
    return subprocess.run(
        [sys.executable, "-c", code, EXTRA_MODULES, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=state,
        env={"PATH": "", **folders},
    )


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(
        "steward", include_external_packages=True, exclude_type_checking_imports=True
    )


def test_every_command_is_listed() -> None:
    assert {noun.name for noun in NOUNS} == MAY_IMPORT.keys()


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_command_reaches_only_the_packages_that_it_may(
    noun: Noun, graph: grimp.ImportGraph
) -> None:
    verbs = [f"steward.commands.{noun.folder}.{verb}" for verb in noun.verbs.split()]
    reached = set(verbs).union(*(graph.find_upstream_modules(verb) for verb in verbs))
    foreign = {
        m for m in reached if m.partition(".")[0] not in {*sys.stdlib_module_names, "steward"}
    }
    assert foreign - KERBEROS == EVERY | MAY_IMPORT[noun.name]


@pytest.mark.parametrize(
    ("nouns", "loaded"),
    [
        (MAY_IMPORT.keys() - {"sandbox", "demo"}, {"platformdirs"}),
        ({"sandbox", "demo"}, {"platformdirs", "msgspec", "psutil"}),
    ],
)
def test_importing_commands_loads_nothing_that_only_their_work_needs(
    nouns: set[str], loaded: set[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *nouns], capture_output=True, text=True, check=True
    )
    known = set().union(*MAY_IMPORT.values(), EVERY)
    assert known & set(json.loads(done.stdout)) == loaded


def test_the_extras_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == DISTRIBUTION
    extras = {
        label: {re.split(r"[\[<>=;]", one)[0].replace("-", "_") for one in requirements}
        for label, requirements in project["optional-dependencies"].items()
    }
    for extra in Extra:
        assert extras[extra.label] == set(extra.modules)
    always = {re.split(r"[\[<>=;]", one)[0].replace("-", "_") for one in project["dependencies"]}
    assert not always & {module for extra in Extra for module in extra.modules}
    dev = project["optional-dependencies"]["dev"]
    assert f"{DISTRIBUTION}[{','.join(sorted(e.label for e in Extra))}]" in dev


@pytest.mark.parametrize(
    ("target", "extra"),
    [("demo", "sandbox"), ("check", "dev"), ("test", "dev"), ("install", "dev")],
)
def test_make_installs_what_its_target_needs(target: str, extra: str, tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    make = ["make", "--dry-run", "--no-print-directory", target]
    done = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.findall(r"--editable '\.\[(.*)\]'", done.stdout) == [extra]


def test_every_module_can_be_imported_without_the_extras() -> None:
    done = _without(_IMPORT_ALL)
    assert done.stdout.split() == ["all", "imported"], done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("demo",),
        ("sandbox", "up"),
        ("sandbox", "up", "--secure", "--name", "locked"),
        ("sandbox", "broker", "add"),
        ("sandbox", "broker", "start", "1"),
        ("sandbox", "scenario", "run", "lag-spike", "--background"),
    ],
)
def test_without_the_extra_a_sandbox_says_in_a_line_how_to_add_it(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = _without(_RUN, *words, state=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    said, remedy = done.stderr.splitlines()
    assert said == "error: a sandbox needs the extra 'sandbox', which is not installed"
    assert remedy.strip() == "try: pip install 'kafka-steward[sandbox]'"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("sandbox", "list"),
        ("sandbox", "down"),
        ("sandbox", "scenario", "list"),
        ("check", "list"),
        ("profile", "list"),
        ("schema-of", "lag"),
        ("lint", "topic.yaml"),
    ],
)
def test_what_needs_no_extra_works_without(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "topic.yaml").write_text(_TOPIC)
    done = _without(_RUN, *words, state=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "kafka-steward[" not in done.stderr


def test_without_the_extra_a_store_on_postgresql_says_in_a_line_how_to_add_it(
    tmp_path: Path,
) -> None:
    config = tmp_path / "steward.toml"
    config.write_text(
        '[store]\nurl_env = "URL"\n[clusters.prod]\nbootstrap_servers = ["127.0.0.1:1"]\n'
    )
    code = f"import os\nos.environ['URL'] = 'postgresql+psycopg://u@127.0.0.1:1/d'\n{_RUN}"
    done = _without(code, "--config", str(config), "plan", "list", state=tmp_path)
    assert done.returncode == 2, done.stderr
    said, remedy = done.stderr.splitlines()
    assert (
        said == "error: a store on PostgreSQL needs the extra 'postgresql', which is not installed"
    )
    assert remedy.strip() == "try: pip install 'kafka-steward[postgresql]'"
