"""Kafka's SASL mechanisms, each named once."""

SCRAM_MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-512")
"""In the order of their numbers in Kafka's protocol, from 1 (KIP-554)."""

PASSWORD_MECHANISMS = ("PLAIN", *SCRAM_MECHANISMS)
"""Those that authenticate with a name and a password."""

OAUTHBEARER, GSSAPI = "OAUTHBEARER", "GSSAPI"
SASL_MECHANISMS = (*PASSWORD_MECHANISMS, OAUTHBEARER, GSSAPI)
"""All that a client can be configured with."""
