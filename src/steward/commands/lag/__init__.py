"""Consumer lag now and over time, and why a group lags."""
