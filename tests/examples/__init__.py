"""Runs what stands in `examples/` and `dbt/`, each with its own tool in an environment of its own."""
