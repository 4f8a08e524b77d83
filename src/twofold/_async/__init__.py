"""Everything that waits: agents, models, executors and tools at work. The sync tree is generated from it."""
