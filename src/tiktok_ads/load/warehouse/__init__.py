"""Warehouses that are reached through dlt: each load becomes packages of whole parts, bookmarks last."""
