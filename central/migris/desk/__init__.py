"""The desk: a page on which a clerk sees the next parcel of a hand-off and says what MIGRIS decided."""
