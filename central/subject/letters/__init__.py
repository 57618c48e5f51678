"""Templates of letters, `NAME.LANGUAGE.j2`: drafts for a person to read, change, sign and send."""
