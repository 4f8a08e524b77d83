"""Always-async libraries. Each package here is one colour, async, and is used by both.

The async colour awaits what is here; the sync colour runs it on the background loop, through ``resolve``.
"""
