"""Stands for a program that `nursery.py` forks: ends when that does, and is the one to kill.

Run as ``python -IS launch.py SOCKET PROGRAM ARGUMENT...``. Imports next to nothing, so as to start in a moment.
"""

import _signal
import json
import os
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
request = {"arguments": sys.argv[2:], "environment": dict(os.environ), "folder": os.getcwd()}
data = json.dumps(request).encode() + b"\n"
sent = socket.send_fds(connection, [data], [0, 1, 2])
connection.sendall(data[sent:])
for descriptor in (0, 1, 2):  # they are the program's now
    os.close(descriptor)


def line() -> bytes:
    said = b""
    while not said.endswith(b"\n") and (byte := connection.recv(1)):
        said += byte
    return said


program = int(line())
for number in (_signal.SIGINT, _signal.SIGTERM):
    _signal.signal(number, lambda which, _: os.kill(program, which))
code = line()
os._exit(int(code) & 255 if code else 1)
