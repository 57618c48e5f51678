"""The door to MIGRIS: one port, several adapters; the simulator is the far side of one of them.

MIGRIS publishes no programming interface, so what it must do for us is written down as `connector.Connector`.
"""
