"""Floor 3: the technician's hand. Identity, claim, and the demo of the whole path; the command is `smilius`."""
