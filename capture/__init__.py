"""Floor 1: turns frames into compliant biometrics.

Nouns: a *profile* says what a visit asks for; a *judge* looks at one frame and makes a *sample* of it (an encoded
portrait or print, with its *gates* and its quality) or asks for a *retake*; *records* are the bytes that standards
describe, and the *package* is all of a visit in one file.
"""
