"""Questions about your own files: the agent searches them, reads what it finds, and names its sources.

Start it with ``python ask_documents.py FOLDER "Your question"``. Without arguments it reads the texts of this
project. Texts are cut into passages and found by SQLite's full-text index (BM25): no network, no vectors.

The model is the local one, or OpenAI's (or that of the server at OPENAI_BASE_URL) when OPENAI_API_KEY is set.
"""

import argparse
import asyncio
import os
import re
import sqlite3
from pathlib import Path

from twofold.aio import CodeAgent, LocalModel, OpenAIModel, Tool

PROJECT = Path(__file__).resolve().parents[2]
KINDS = {".md", ".txt", ".rst"}


class Search(Tool):
    """Finds passages in the texts of a folder."""

    name = "search"
    description = "Finds the passages of the documents that fit best. Each has its source and its text."
    inputs = {
        "words": {"type": "string", "description": "Words that the passage should contain."},
        "count": {"type": "integer", "description": "How many passages.", "default": 5, "nullable": True},
    }
    output_type = "array"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def setup(self) -> None:
        # one connection for all threads: SQLite takes turns by itself
        self.index = sqlite3.connect(":memory:", check_same_thread=False)
        self.index.execute("create virtual table passages using fts5(source unindexed, text)")
        files = [path for path in sorted(self.folder.rglob("*")) if path.suffix in KINDS]
        for path in files:
            source = path.relative_to(self.folder).as_posix()
            passages = passages_of(path.read_text(encoding="utf-8", errors="replace"))
            self.index.executemany(
                "insert into passages values (?, ?)", [(source, text) for text in passages]
            )

    def forward(self, words: str, count: int = 5) -> list[dict[str, str]]:
        # quoted, so that nothing in the words is taken for an operator
        wanted = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", words))
        found = self.index.execute(
            "select source, text from passages where passages match ? order by bm25(passages) limit ?",
            (wanted, count),
        )
        return [{"source": source, "text": text} for source, text in found]


def passages_of(text: str, size: int = 800) -> list[str]:
    """Cut a text at blank lines into passages of about a size."""
    passages = [""]
    for paragraph in re.split(r"\n\s*\n", text):
        if len(passages[-1]) + len(paragraph) > size:
            passages.append("")
        passages[-1] = f"{passages[-1]}\n\n{paragraph}".strip()
    return [passage for passage in passages if passage]


async def main() -> None:
    parser = argparse.ArgumentParser(description="Ask your files.")
    parser.add_argument("folder", nargs="?", type=Path, default=PROJECT / "docs")
    parser.add_argument("question", nargs="?", default="What happens to code that runs for too long?")
    options = parser.parse_args()
    if "OPENAI_API_KEY" in os.environ:
        model = OpenAIModel(os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
    else:
        model = LocalModel()
    agent = CodeAgent(
        tools=[Search(options.folder)],
        model=model,
        max_steps=6,
        instructions="Answer from the passages you find, and name the sources you have used.",
    )
    print(await agent.run(options.question))


if __name__ == "__main__":
    asyncio.run(main())
