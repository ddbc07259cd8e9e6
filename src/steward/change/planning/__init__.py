"""Create plans: what each change relies on, does and risks, how to undo it, and the order of changes; pure."""
