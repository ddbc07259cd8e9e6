"""Real clusters on this machine, and the demo."""
