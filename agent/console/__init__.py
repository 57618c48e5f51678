"""The operator's side of the station: a versioned HTTP API, later with a page on top of it."""
