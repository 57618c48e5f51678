"""Authorised loss, in the technician's hand: parcels that were never delivered, or the whole unit."""
