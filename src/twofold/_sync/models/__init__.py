# Generated from src/twofold/_async/models/__init__.py by `nox -s codegen`. Do not edit.
"""Models: what an agent asks. One module for each provider, the SDKs imported when they are first used."""
