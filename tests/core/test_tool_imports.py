"""What describing tools imports, and when."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_the_modules_of_tools_import_neither_pydantic_nor_griffe() -> None:
    code = (
        "import sys, twofold._core.tools.tool, twofold._core.agents.final_answer\n"
        "print(sorted({'pydantic', 'griffe', 'asyncio', 'typing_extensions'} & set(sys.modules)))"
    )
    assert run(code) == "[]"


def test_tools_work_without_asyncio() -> None:
    code = (
        "import sys\n"
        "sys.modules['asyncio'] = None\n"
        "from twofold._core.tools.tool import tool\n"
        "@tool\n"
        "def add(a: int) -> int:\n"
        "    '''Add.\n\n    Args:\n        a: One.\n    '''\n"
        "    return a + 1\n"
        "print(add(**add.validate_arguments({'a': 1})), add.json_schema['function']['name'])"
    )
    assert run(code) == "2 add"
