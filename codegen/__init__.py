"""The generator of the sync trees, and the proofs that its output is right. `README.md` in this folder explains both."""
