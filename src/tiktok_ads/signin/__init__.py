"""Signing in at TikTok, from the terminal or the browser: the consent, the code, and what it granted."""
