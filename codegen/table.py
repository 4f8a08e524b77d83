"""The replacement table of this project: data only, a reason beside every entry.

An entry that matches nothing in any tree fails the run, so the table cannot grow stale.
What `unasync` itself always replaces (``__aenter__``, ``AsyncIterator``, ``asynccontextmanager``, …) is not repeated here.
"""

from .project import Entry, ImportExemption, Table

TABLE = Table(
    # whole tokens: names anywhere in code, whatever their scope
    tokens=(
        Entry("_async", "_sync", "the source package, and the bridge half that it imports"),
        Entry("aclose", "close", "the one method whose name differs between the colours"),
        Entry("AsyncOpenAI", "OpenAI", "the openai SDK's client, in each colour its own"),
        Entry("aiter_bytes", "iter_bytes", "how a response of httpx is read piece by piece"),
        Entry("AsyncConnectionPool", "ConnectionPool", "the HTTP library's pool, in each colour its own"),
        Entry("AnyIOBackend", "SyncBackend", "how that library connects"),
        Entry("aiter_stream", "iter_stream", "how its replies are read piece by piece"),
        Entry("AsyncAzureOpenAI", "AzureOpenAI", "the openai SDK's client for Azure"),
        Entry("acompletion", "completion", "litellm's functions, in each colour their own"),
        Entry("AsyncInferenceClient", "InferenceClient", "the client of huggingface_hub"),
        Entry("AsyncRetrying", "Retrying", "tenacity's loop, in each colour its own"),
    ),
    # dotted names, replaced as text everywhere: code, strings, comments, docstrings
    dotted=(
        Entry("redis.asyncio", "redis", "the client of redis-py, in each colour its own"),
        Entry("asyncio.Event", "threading.Event", "what an example waits at for a person"),
        Entry("twofold.aio", "twofold", "the public modules, imported by tests, examples and docstrings"),
    ),
    # generic types that stand for a value one waits for: `Awaitable[T]` becomes `T`
    unwrapped=(
        Entry("Awaitable", "", "what a function of either colour is waited for, e.g. by Retrier.call"),
    ),
    # words that the residue proof may find after all
    allowed_residue=(),
    # imports that the direction rules would refuse
    import_exemptions=(
        ImportExemption(
            "src/twofold/_core/testing/*.py",
            "threading",
            "the loopback chat server is a thread of its own, the same one for both colours",
        ),
        ImportExemption(
            "src/twofold/_core/testing/*.py",
            "asyncio",
            "that thread runs a loop of its own, which nobody outside ever sees; imported when a server starts",
        ),
        ImportExemption(
            "src/twofold/_core/local/*.py",
            "threading",
            "the model in process is a blocking library, only ever called through bridge.call_blocking",
        ),
    ),
)
