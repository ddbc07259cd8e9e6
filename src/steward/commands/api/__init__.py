"""The framework of commands: registry, context, answer, shared parts."""
