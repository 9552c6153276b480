"""Favourites: the stations that a user keeps."""
