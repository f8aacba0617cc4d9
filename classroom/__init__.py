"""Rooms on this server: the digits that a class draws together, kept in a database for at most a day."""
