"""The front half: seconds, a person is waiting.

Nouns: a *visit* is one client in the chair; the pure *machine* says what happens next; the *runner* carries its
effects out; the *worker* is the process that alone has the plaintext (frames, samples, package) and ends with the
visit; the *journal* holds every durable step's intent until it is known to be done.
"""
