# Generated from src/twofold/_async/__init__.py by `nox -s codegen`. Do not edit.
"""Everything that waits: agents, models, executors and tools at work. The sync tree is generated from it."""
