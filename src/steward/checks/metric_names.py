"""The names of broker metrics, as the metrics agent spells them with the sandbox's rules."""

DEPRECATED_REQUESTS_COUNT = "kafka_network_requestmetrics_deprecatedrequestspersec_count"
"""Labels request, version, clientSoftwareName, clientSoftwareVersion; absent until one arrives (KIP-896)."""
REQUESTS_COUNT = "kafka_network_requestmetrics_requestspersec_count"
"""Labels request, version."""
CLIENT_CONNECTIONS = "kafka_server_socket_server_metrics_connections"
"""Labels clientSoftwareName, clientSoftwareVersion, listener, networkProcessor (KIP-511)."""
BYTES_REJECTED_COUNT = "kafka_server_brokertopicmetrics_bytesrejectedpersec_count"
INVALID_CRC_COUNT = "kafka_server_brokertopicmetrics_invalidmessagecrcrecordspersec_count"
INVALID_MAGIC_COUNT = "kafka_server_brokertopicmetrics_invalidmagicnumberrecordspersec_count"
INVALID_SEQUENCE_COUNT = (
    "kafka_server_brokertopicmetrics_invalidoffsetorsequencerecordspersec_count"
)
