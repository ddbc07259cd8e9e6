"""Plans: create from manifests, list, execute, pause, resume, undo."""
