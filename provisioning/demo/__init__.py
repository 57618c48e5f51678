"""The main job, end to end, on real processes: `smilius demo`.

Nouns: the *request* is what the command line asked for; the *stage* is a temporary folder with both sides' state; the
*household* is the processes on it; the *operator* drives the visit through the station's API; the *promises* are what
must hold afterwards. Headquarters' side is started as processes, never imported.
"""
