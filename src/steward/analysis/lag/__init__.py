"""Consumer lag in seconds, with bounds: pure functions of offsets, timestamps and history."""
