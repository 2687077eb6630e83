"""Destinations that are folders: Parquet files or Delta tables, on a disk or in an object store."""
