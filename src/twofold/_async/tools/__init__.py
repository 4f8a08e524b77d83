"""Running tools, and the tools that come with twofold and wait for something."""
