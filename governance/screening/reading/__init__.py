"""Watchlists in their published layouts, recognised by content; bad rows are refused in words, good ones kept."""
