# Generated from src/twofold/_async/executors/__init__.py by `nox -s codegen`. Do not edit.
"""Executors: what runs the code that an agent writes."""
