"""How the library waits: the only place where the two colours differ.

``_async`` and ``_sync`` have the same names; everything else here serves one or both of them. Nothing in this
package knows about agents, models or tools. The asynchronous half needs an asyncio event loop: the provider
SDKs and the hub of greenlets are built on one, so trio is not supported.
"""
