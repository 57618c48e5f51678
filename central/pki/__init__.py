"""Certificates and keys of headquarters' side; apart from the vault the only place that imports a crypto library."""
