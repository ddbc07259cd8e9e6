"""The tests' side of the injectors: one process, told what to do, that tells what has happened."""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TESTS = Path(__file__).parent.parent


class Injectors:
    """Faults being made by a process of their own. Times are monotonic seconds."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._begun = time.monotonic()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.past: dict[str, float] = {}
        self.there: dict[str, float] = {}
        self.failed: dict[str, str] = {}
        self.ended: set[str] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def begin(self, name: str) -> None:
        """Begin to make a fault, under its own name."""
        self._tell("begin", name, name)

    def seen(self) -> None:
        """Let trouble begin that waits until the good past was seen."""
        self._tell("seen")

    def end(self, name: str, *, within_s: float = 60.0) -> None:
        """End a fault's clients."""
        self._tell("end", name)
        self.until(lambda: name in self.ended, f"{name} is ended", within_s)

    def story(self) -> list[str]:
        """Tell what became of each fault, and after how many seconds."""
        events = {"past": self.past, "there": self.there}
        told = [
            f"{name}: {event} after {at - self._begun:.0f} s"
            for event, times in events.items()
            for name, at in sorted(times.items(), key=lambda one: one[1])
        ]
        return told + [f"{name}: failed: {why}" for name, why in self.failed.items()]

    def until(self, condition, what: str, within_s: float) -> None:
        """Take in what is told until a condition holds."""
        deadline = time.monotonic() + within_s
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"not within {within_s:.0f} s: {what}"
            self.take_in(min(left, 0.5))

    def take_in(self, wait_s: float = 0.0) -> None:
        """Take in what was told by now; wait so long for something."""
        try:
            line = self._lines.get(timeout=wait_s) if wait_s else self._lines.get_nowait()
            while True:
                self._note(line)
                line = self._lines.get_nowait()
        except queue.Empty:
            return

    def _note(self, line: str | None) -> None:
        assert line is not None, f"the injectors' process ended with {self._process.wait(10)}"
        event, name, *words = line.split(" ", 2)
        if event == "failed":
            self.failed[name] = " ".join(words)
        elif event == "ended":
            self.ended.add(name)
        else:
            {"past": self.past, "there": self.there}[event][name] = time.monotonic()

    def _tell(self, *words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


@contextmanager
def injectors(sandbox: str) -> Iterator[Injectors]:
    """Have the injectors' process; at the end it ends its clients."""
    process = subprocess.Popen(
        [sys.executable, "-m", "faults.worker", sandbox],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_TESTS,
        env={**os.environ, "PYTHONPATH": str(_TESTS)},
    )
    try:
        yield Injectors(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
