"""Programs in pydantic-monty: a subset of Python, in a Rust interpreter, in a process of its own."""

# mypy: ignore-errors
# pyright: reportMissingImports=false
# (type checkers run where pydantic-monty is not installed)

from executor_timing import main
from pydantic_monty import Monty

if __name__ == "__main__":
    with Monty() as pool, pool.checkout() as session:

        def run_session(source):
            """Text in, result out."""
            return lambda: session.feed_run(source)

        main({"monty": run_session})
