"""Agents: descriptions of who does what (``base``, ``code``), and one run of such a description (``run``)."""
