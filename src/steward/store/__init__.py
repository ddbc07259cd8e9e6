"""The store: lag history, offset history, alerts, silences, deliveries, group events, plans, leases."""
