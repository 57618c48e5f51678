"""The station's ledgers before a technician: do they hold, and what goes to the controller."""
