"""How a cluster is changed: manifests, plans, the guard, execution. Nothing else changes one."""
