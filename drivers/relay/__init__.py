"""Outputs that switch one thing: a relay, also the one in a video recorder's alarm input; one device a file."""
