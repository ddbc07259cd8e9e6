"""Judging: one file for each bad state, each a pure function of what was seen."""
