"""Surveillance cameras and recorders: one device a file."""
