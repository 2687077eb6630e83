"""Answers assistants over the Model Context Protocol: what is loaded, what it means, how complete it is."""
