"""What people are shown: logs, trees, HTML, and text made safe for terminals."""
