"""Floor 2: decides, joins, speaks to people and to the network. `compose` is where to begin reading."""
