"""Named workloads of real clients that drive a sandbox into the trouble that this tool exists for."""
