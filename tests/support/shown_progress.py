"""The progress of long work as a process of its own: one step, until something is typed."""

import sys

from steward.interfaces.cli.progress import TerminalProgress
from steward.model.progress import ProgressStep

if __name__ == "__main__":
    with TerminalProgress(enabled=sys.stderr.isatty()) as progress:
        progress(ProgressStep("sample", number=2, total=3, seconds=float(sys.argv[1])))
        sys.stdin.readline()
