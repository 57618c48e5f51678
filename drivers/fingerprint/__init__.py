"""Fingerprint sensors, one a file: each turns what its hardware gives into a grey frame of 320x480 at 500 ppi."""
