"""Execution of a placement: order, state and rate of moves. Pure."""
