"""The database: one door, one dialect behind it."""
