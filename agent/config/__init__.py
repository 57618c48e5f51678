"""Configuration: layers of TOML become frozen models, one section a process; what would not load is refused.

Layers, later ones win: the shipped `default.toml`, then `/etc/smilius/*.toml` in the order of their names. Each process
reads its own section and the common `place`; a key that no model knows is an error.
"""
