"""Executors: what runs the code that an agent writes."""
