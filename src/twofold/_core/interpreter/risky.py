"""Which attribute names could be had from a module, so that reading them needs a look at the receiver.

``x.append`` needs none: no loaded module has an attribute of that name. ``x.system`` does. The answer is
taken from the modules that are loaded, plus what the most dangerous ones hold even before they are.
"""

from __future__ import annotations

import sys
from types import ModuleType

__all__ = ["is_risky"]

# What the modules that do harm offer, whether or not they are loaded when the code is compiled.
_ALWAYS = frozenset(
    [
        "system",
        "popen",
        "Popen",
        "run",
        "call",
        "check_call",
        "check_output",
        "getoutput",
        "getstatusoutput",
        "spawn",
        "spawnl",
        "spawnv",
        "posix_spawn",
        "execv",
        "execve",
        "execl",
        "execlp",
        "execvp",
        "execvpe",
        "fork",
        "forkpty",
        "kill",
        "killpg",
        "abort",
        "_exit",
        "remove",
        "unlink",
        "rmdir",
        "removedirs",
        "rename",
        "renames",
        "replace",
        "chmod",
        "chown",
        "link",
        "symlink",
        "mkdir",
        "makedirs",
        "truncate",
        "open",
        "fdopen",
        "read",
        "write",
        "walk",
        "listdir",
        "scandir",
        "environ",
        "getenv",
        "putenv",
        "path",
        "sep",
        "name",
        "modules",
        "meta_path",
        "path_hooks",
        "exit",
        "settrace",
        "setprofile",
        "setrecursionlimit",
        "stdin",
        "stdout",
        "stderr",
        "argv",
        "executable",
        "import_module",
        "reload",
        "eval",
        "exec",
        "compile",
        "getattr",
        "setattr",
        "delattr",
        "globals",
        "locals",
        "vars",
        "input",
        "breakpoint",
        "rmtree",
        "copy",
        "copyfile",
        "copytree",
        "move",
        "socket",
        "create_connection",
        "urlopen",
        "Request",
        "request",
        "urlretrieve",
        "loads",
        "load",
        "dumps",
        "dump",
        "Unpickler",
        "CDLL",
        "PyDLL",
        "WinDLL",
        "windll",
        "cdll",
        "pythonapi",
        "py_object",
        "cast",
        "memmove",
        "string_at",
        "Path",
        "PosixPath",
        "glob",
        "get_objects",
        "get_referrers",
        "get_referents",
        "collect",
        "currentframe",
        "getmembers",
        "getsource",
        "getfile",
        "stack",
        "Thread",
        "start_new_thread",
        "Process",
        "Pool",
        "signal",
        "alarm",
        "raise_signal",
        "interact",
        "InteractiveConsole",
        "run_path",
        "run_module",
        "run_code",
        "pty",
        "openpty",
        "mmap",
        "NamedTemporaryFile",
        "mkstemp",
        "connect",
        "create_subprocess_shell",
        "create_subprocess_exec",
        "subprocess",
        "os",
        "sys",
        "builtins",
        "importlib",
        "io",
        "shutil",
        "pathlib",
        "ctypes",
    ]
)

_seen: set[str] = set()
_names: set[str] = set(_ALWAYS)


_last_count = 0


def _refresh() -> None:
    """Learn the attributes of modules that were loaded since the last look."""
    global _last_count
    modules = sys.modules
    _last_count = len(modules)
    for name, module in list(modules.items()):
        if name not in _seen:
            _seen.add(name)
            if isinstance(module, ModuleType):
                _names.update(list(module.__dict__))


def is_risky(name: str) -> bool:
    """Return whether a real module could have an attribute of this name."""
    if len(sys.modules) != _last_count:
        _refresh()
    return name in _names
