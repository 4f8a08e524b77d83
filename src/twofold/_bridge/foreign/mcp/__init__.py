"""MCP on the official SDK: connections to servers, and agents as servers.

The SDK is async only. A session's cancel scopes must be left in the task that entered them, so each session
has an owner task, on the loop on which it was connected; calls come from any task, thread or loop.
"""
