"""``local``: how many small tasks a code agent solves on the embedded model, and how fast."""
