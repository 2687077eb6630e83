"""The Airbyte source: its messages and its four commands, without Airbyte's own development kit."""
