"""Cameras: one device a file."""
