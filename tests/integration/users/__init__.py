"""One application for all tests of this package."""
