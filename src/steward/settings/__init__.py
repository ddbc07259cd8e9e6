"""Settings: where they are read from, what they may contain, and which value takes precedence."""
