"""The web UI: what waits. What it looks like is in ``_core.ui``; ``app`` alone needs gradio."""
