"""Interfaces: command line and reports; they format the answers of capabilities and decide nothing."""
