"""Showing: command line, reports; they arrange what capabilities answer and decide nothing."""
