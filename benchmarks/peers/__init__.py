"""The code that measures, run in the environments of ``environments.py``. None imports ``benchmarks``."""
