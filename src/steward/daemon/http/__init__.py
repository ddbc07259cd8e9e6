"""What the daemon serves over HTTP, and its limits."""
