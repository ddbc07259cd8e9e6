"""Decide whether a plan may run, from the plan, a fresh snapshot, the policy and the time; pure."""
