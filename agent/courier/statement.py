"""What every receipt and every wipe says to the database, as the driver takes it.

A wipe should take as long as its syncs: what an ORM looked up again, ordered and built at each step took longer than
all of them. Source: image-build/bench_vault.py.
"""

FIND_PARCEL = "SELECT id, kind, state, digest, size, trouble FROM parcel WHERE id = :parcel"
"""One parcel."""

ENTER = "UPDATE parcel SET state = :state, trouble = :trouble WHERE id = :parcel"
"""A parcel's state, and why a person must look."""

ADD_MILESTONE = "INSERT INTO milestone (parcel, state, at) VALUES (:parcel, :state, :at) ON CONFLICT DO NOTHING"
"""When it reached a state: the first time stays."""

FIND_MILESTONES = "SELECT state FROM milestone WHERE parcel = :parcel"
"""The states that it has reached."""

FIND_RECEIPT = "SELECT 1 FROM receipt WHERE parcel = :parcel AND stage = :stage"
"""Whether a receipt of a stage is kept."""

ADD_RECEIPT = "INSERT INTO receipt (parcel, stage, signed, stored_at) VALUES (:parcel, :stage, :signed, :at)"
"""A receipt."""

FIND_GROUND = """
SELECT receipt.signed FROM receipt JOIN milestone ON milestone.parcel = receipt.parcel AND milestone.state = stage
WHERE receipt.parcel = :parcel AND stage IN ('accepted', 'rejected') ORDER BY stage LIMIT 1
"""
"""The receipt that says that MIGRIS decided and moved the parcel: another may have come later, and nobody judged it."""

ADD_TOMBSTONE = "INSERT INTO tombstone (parcel, signed) VALUES (:parcel, :signed)"
"""A tombstone."""

FIND_EVENT = "SELECT 1 FROM event WHERE id = :event"
"""Whether an event is there."""

ADD_EVENT = "INSERT INTO event (id, signed, made_at) VALUES (:event, :signed, :at)"
"""An event that central has to receipt."""

ADD_HEAD = "INSERT INTO told_head (event, ledger, number) VALUES (:event, :ledger, :number)"
"""That an event is the head of a ledger."""
