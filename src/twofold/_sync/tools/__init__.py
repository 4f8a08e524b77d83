# Generated from src/twofold/_async/tools/__init__.py by `nox -s codegen`. Do not edit.
"""Running tools, and the tools that come with twofold and wait for something."""
