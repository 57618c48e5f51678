"""The portrait: face and landmarks found, framed as Full Frontal, judged by gates, encoded once.

Nouns: a *pyramid* is the frame with its halvings; a *box* is where a face may be; a *mesh* is its 468 points and
whether it is a face at all; an *iris* is the coloured part of an eye; a *pose* is how the head is turned against the
average face's *shape*; a *head* is what the points say about size and pose; a *framing* is the part of the frame
that becomes the portrait; a *limit* makes a *gate* of a measured value. `judge` reads them in this order.

A *reader* knows the faces of a frame: `networks` all of the above, `haar` the eyes alone; the portrait that eyes alone
give is an *outline*.
"""
