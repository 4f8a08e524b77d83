# Generated from src/twofold/_async/agents/__init__.py by `nox -s codegen`. Do not edit.
"""Agents: descriptions of who does what (``base``, ``code``), and one run of such a description (``run``)."""
