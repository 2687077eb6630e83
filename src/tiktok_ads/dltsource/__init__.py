"""Our tables as a dlt source, for those who have pipelines of their own."""
