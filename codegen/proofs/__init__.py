"""The proofs that make a token rewriter trustworthy. Each is independent of the code that generates.

1. `translation`: a syntax-tree transformer of its own gives the same program as the token rewriter.
2. `residue`: nothing of the async colour is left in the generated trees.
3. The source lint (`codegen.lint`, `codegen.imports`) refuses what would be rewritten wrongly.
4. `parity`: both public APIs have the same shape.
5. `runtime`: the sync API lives without asyncio, under a running event loop, and without the async package.
"""
