"""Keeps a true copy of TikTok Ads data in a database."""
