"""What differs per database, behind one protocol (``base``)."""
