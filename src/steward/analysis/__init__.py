"""Judgement, pure: checks, lag and its cause, impact, rebalancing, alert rules. No input, output or clock."""
