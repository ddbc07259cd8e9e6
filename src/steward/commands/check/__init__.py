"""The audit: checks chosen, run, explained."""
