"""A loopback server for the model benchmarks, in a process of its own: its time is not the clients'."""

import sys

from twofold.testing import ChatServer, Reply

with ChatServer(lambda request: Reply("word " * 50)) as server:
    print(server.url, flush=True)
    sys.stdin.read()
