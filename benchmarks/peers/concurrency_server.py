"""A chat-completions server that holds its replies back, in a process of its own, told what to do on stdin.

``wait N``: say when N requests are held back. ``open``: let them go, and begin to hold back again.
"""

import sys

from twofold.testing import ChatServer, Gate, Reply, Stall

REPLY = Reply("Thought: I know it.\n<code>\nfinal_answer('done')\n</code>")

gate = Gate()
with ChatServer(lambda request: Stall(REPLY, until=gate)) as server:
    print(server.url, flush=True)
    for line in sys.stdin:
        command, _, number = line.strip().partition(" ")
        if command == "wait":
            gate.wait_for_waiting(int(number), timeout=300)
        else:
            old, gate = gate, Gate()
            old.open()
        print("done", flush=True)
