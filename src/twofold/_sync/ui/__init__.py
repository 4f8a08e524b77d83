# Generated from src/twofold/_async/ui/__init__.py by `nox -s codegen`. Do not edit.
"""The web UI: what waits. What it looks like is in ``_core.ui``; ``app`` alone needs gradio."""
