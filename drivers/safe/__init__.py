"""Contacts of the safe and its room: one device a file; what a contact does over time is in `contact`."""
