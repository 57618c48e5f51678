"""Record what goes through a driver's seam, and play it again: the driver above is the real one, both times.

Nouns: a *tape* stands between a driver and its seam and is asked everything in the seam's place. A *recorder* passes
each *call* on, keeps it with its *answer* or failure, and writes a *recording* in the end; a *replay* is a recording
that answers, strictly. An *event* is a call with what came of it. What a driver has from elsewhere, its clock and its
random bits, goes over the tape too: so the same driver does the same again, byte for byte.

A *phantom* is what was shown to the device: a printed finger, a test card, an empty plate; **never a person**. A
recorder keeps nothing that was not declared to be of one.

Rooms of a file each: `tape` the words, `recorder`, `replay`, `recording` the file's format, `memory` where a recorder
keeps payloads, `scrub` what is taken out, `phantom` the register; `usb` and `v4l2` put a seam on a tape.
"""
