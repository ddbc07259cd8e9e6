"""Settings: where they are read from, what they may hold, and which value wins."""
