"""The station's own keys before a technician: moved to another home."""
