"""Whether a plan may run: decided from the plan, a fresh look, the policy and the time; pure."""
