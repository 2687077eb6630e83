"""The Singer tap: its catalog, its messages and its command line."""
