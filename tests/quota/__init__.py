"""The quota that several machines share, on real servers."""
