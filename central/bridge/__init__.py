"""From the broker to MIGRIS: ingest, ledger, outbox, opener. Only sealed bytes are ever on its disk.

`ingest` turns messages into rows and replies, and nothing is acknowledged before its commit; `delivery` takes what the
outbox holds to the `opener`, a process of its own that alone has the recipient key; `link` is the MQTT connection.
"""
