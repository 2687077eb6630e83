"""Hands rows and bookmarks to programs that load them themselves, in the messages that these understand."""
