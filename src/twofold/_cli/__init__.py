"""The subcommands of ``twofold``, a module for each, and what they share; ``twofold.cli`` calls them.

A command is a module with a function ``run`` of its arguments that returns the exit code, and a line in
``commands.COMMANDS``. Errors are raised; what becomes of them is the business of ``twofold.cli``.
"""
