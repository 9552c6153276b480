"""The station index: columns in memory that answer every search."""
