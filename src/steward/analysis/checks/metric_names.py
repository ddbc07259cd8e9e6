"""Names of broker metrics, as the Prometheus JMX exporter writes them with the sandbox's rules."""

DEPRECATED_REQUESTS_COUNT = "kafka_network_requestmetrics_deprecatedrequestspersec_count"
"""Labels request, version, clientSoftwareName, clientSoftwareVersion; absent until such a request arrives (KIP-896)."""
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
NO_KEY_COMPACTED_TOPIC_RECORDS = (
    "kafka_server_brokertopicmetrics_nokeycompactedtopicrecordspersec_oneminuterate"
)
UNCLEANABLE_PARTITIONS = "kafka_log_logcleanermanager_uncleanable_partitions_count_value"
"""Label logDirectory."""
CLEANER_DEAD_THREADS = "kafka_log_logcleaner_deadthreadcount_value"
REQUEST_HANDLER_IDLE = (
    "kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent_oneminuterate"
)
NETWORK_PROCESSOR_IDLE = "kafka_network_socketserver_networkprocessoravgidlepercent_value"
PRODUCE_THROTTLE_MS = "kafka_server_produce_throttle_time"
FETCH_THROTTLE_MS = "kafka_server_fetch_throttle_time"
REQUEST_THROTTLE_MS = "kafka_server_request_throttle_time"
"""Labels user, client_id, if the applied quota has them; NaN while no client is throttled (KIP-124)."""
PRODUCE_BYTE_RATE = "kafka_server_produce_byte_rate"
FETCH_BYTE_RATE = "kafka_server_fetch_byte_rate"
REQUEST_TIME_PERCENTAGE = "kafka_server_request_request_time"
"""What a user or client id uses, in the unit of its quota; labels as for its throttle time."""
