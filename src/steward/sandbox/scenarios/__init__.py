"""Named workloads of real clients that cause, in a sandbox, the problems this tool detects."""
