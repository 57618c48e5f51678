"""`smilius devices`: what is plugged in, which driver would take it, and what is missing for it to be used."""
