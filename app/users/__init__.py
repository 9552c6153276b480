"""Accounts, their tokens and keys: who is calling, and what they may do."""
