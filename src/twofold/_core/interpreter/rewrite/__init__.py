"""The rewriting of a snippet's syntax tree: checks, guards and checkpoints woven in before it is compiled.

One class, :class:`Rewriter`, put together from one part per concern: ``base`` (traversal, names, refusals),
``attributes``, ``arithmetic``, ``calls``, ``comprehensions``, ``patterns``, ``functions``, ``statements``,
``uncolour`` (async code). Nothing is compiled or run here.
"""

from __future__ import annotations

from .rewriter import RewriteContext, Rewriter, rewrite

__all__ = ["RewriteContext", "Rewriter", "rewrite"]
