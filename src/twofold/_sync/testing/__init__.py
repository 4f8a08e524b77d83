# Generated from src/twofold/_async/testing/__init__.py by `nox -s codegen`. Do not edit.
"""What users need to test their agents without a real LLM, for this API."""
