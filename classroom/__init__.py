"""Rooms on this server: what a class draws together, kept in a database for a day at most."""
