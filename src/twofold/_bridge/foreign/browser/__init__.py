"""A web browser for agents, driven by playwright.

Its sync API is bound to one thread and refuses to run beside a loop, so both APIs use the async one.
"""
