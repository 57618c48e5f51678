"""The fleet at headquarters: what is known of every station, for people.

`smilius-fleet` works beside the bridge on headquarters' folder: it reads what the bridge has heard.
"""
