"""What steward remembers: lag over time, anchor rings, alerts, silences, deliveries, events of groups."""
