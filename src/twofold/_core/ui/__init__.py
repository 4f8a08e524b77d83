"""The pure half of the web UI: what a conversation looks like, and which files are let in.

What waits (runs, the server) is in ``ui`` of the colours.
"""
