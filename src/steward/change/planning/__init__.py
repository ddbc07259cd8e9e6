"""Making plans: what a change relies on, does, risks, how it is undone, and in which order changes go; pure."""
