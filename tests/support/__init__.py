"""Test doubles and readers for test data."""
