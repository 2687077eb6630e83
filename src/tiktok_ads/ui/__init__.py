"""The web app on this machine: connections, datasets, runs and numbers, for people without a terminal."""
