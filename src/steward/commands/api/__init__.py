"""What a command is: the registry, its context, its answer, and what commands share."""
