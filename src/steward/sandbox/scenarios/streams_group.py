"""Streams group (KIP-1071): the word count of Kafka's own examples, with group.protocol=streams."""

from dataclasses import replace
from pathlib import Path

from steward.sandbox.credentials import credentials_of
from steward.sandbox.files import write_file
from steward.sandbox.jars import kafka_jars, streams_jars
from steward.sandbox.java import tool_java
from steward.sandbox.jre import find_runtime
from steward.sandbox.places import sandbox_home
from steward.sandbox.processes import spawn, stop
from steward.sandbox.properties import render
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.records import scenarios_dir
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import RETENTION, ScenarioTopic, create, delete_prefixed
from steward.sandbox.tools import run_tool

INPUT, OUTPUT = "streams-plaintext-input", "streams-wordcount-output"
"""Fixed in the example; they cannot be named after the scenario."""
RATE_PER_S = 5.0
_MAIN = "org.apache.kafka.streams.examples.wordcount.WordCountDemo"
_STOP_S = 10


def run(run: ScenarioRun) -> None:
    """Start the word count and write input for it."""
    application = run.name("wordcount")
    delete_prefixed(run, f"{application}-")
    create(
        run,
        ScenarioTopic(name=INPUT),
        ScenarioTopic(name=OUTPUT, configs={**RETENTION, "cleanup.policy": "compact,delete"}),
    )
    _start_application(run, application)
    keys = even_keys(run.random("keys"), 50)
    start_flow(run, Flow(client_id=run.name("shop"), topic=INPUT, keys=keys, rate_per_s=RATE_PER_S))
    run.until(lambda: _stable(run, application), f"streams group {application} is stable")


def _start_application(run: ScenarioRun, application: str) -> None:
    version, home = run.sandbox.kafka_version, sandbox_home(run.sandbox.name)
    jars = kafka_jars(version, progress=run.progress)
    extended = replace(
        jars, classpath=(*jars.classpath, *streams_jars(version, progress=run.progress))
    )
    config = _configuration(run, application)
    command = tool_java(find_runtime(), extended, home, _MAIN, [str(config)])
    log = scenarios_dir(run.sandbox.name) / f"{application}.log"
    process = spawn(command, output=log, cwd=home)
    run.life.at_end(lambda: config.unlink(missing_ok=True))
    run.life.at_end(lambda: stop([process], grace_s=_STOP_S))


def _configuration(run: ScenarioRun, application: str) -> Path:
    folder = scenarios_dir(run.sandbox.name)
    settings = {
        "application.id": application,
        "bootstrap.servers": run.sandbox.bootstrap_servers,
        "group.protocol": "streams",
        "state.dir": str(folder / "streams-state"),
        "num.stream.threads": "1",
        "replication.factor": "-1",
    }
    content = render(settings)
    if run.sandbox.secure:
        login = credentials_of(sandbox_home(run.sandbox.name)).client_properties
        content += login.read_text(encoding="utf-8")
    path = folder / f"{application}.properties"
    write_file(path, content, private=True)
    return path


def _stable(run: ScenarioRun, group: str) -> bool:
    asked = ["--describe", "--group", group, "--state"]
    return "Stable" in run_tool(run.sandbox.name, "kafka-streams-groups", asked).stdout


SCENARIO = Scenario(
    name="streams-group",
    summary="a streams group: the word count of Kafka's own examples",
    injects=(
        "Streams group streams-group.wordcount (group.protocol=streams, one thread, Java) from "
        "streams-plaintext-input to streams-wordcount-output, whose names are the example's own, "
        f"with {RATE_PER_S:.0f} records a second. No problem: a group of its type to examine. "
        "Needs Kafka 4.3.1 or 4.4.0, whose jars for it are downloaded on first use (about 70 MB). Left "
        "behind: the topics and the group."
    ),
    finds=(),
    default_seconds=120,
    run=run,
)
