"""A machine becomes a station: its keys, its request, headquarters' answer."""
