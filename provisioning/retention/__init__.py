"""What the station keeps for how long, before a technician: look, sweep, hold, lift."""
