"""Whom to tell what of the runs of jobs, and how it gets there."""
