"""When to tell people: what counts as bad, for how long, what is said once and what again. Pure."""
