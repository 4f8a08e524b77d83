"""Side-by-side measurements of twofold and its peers: ``python -m benchmarks --list``.

A benchmark reports; it never asserts a time. Each one is a ``Benchmark`` (``frame.py``) in the list of
``registry.py``: it measures, and returns a ``Report`` (``report.py``) that becomes its section of
``RESULTS.md`` (``results.py``). Peers live in environments of their own (``environments.py``), because their
dependencies conflict; the code that measures them there is in ``peers/``.
"""
