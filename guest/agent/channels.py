"""The three ports to the host. A frame is its length in four bytes, big endian, and that many bytes: JSON, or the raw bytes that the JSON announced."""
import json
import os
import struct
import threading
import time

MOST_JSON = 1 << 20
MOST_BYTES = 32 << 20
# The kernel takes at most this much of a port in one call.
PIECE = 32 << 10


def open_port(name):
    """Opens the virtio-serial port of that name."""
    folder = '/sys/class/virtio-ports'
    for _ in range(500):
        for port in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, port, 'name')) as said:
                if said.read().strip() == name:
                    return os.open('/dev/' + port, os.O_RDWR | os.O_CLOEXEC)
        time.sleep(0.02)
    raise OSError('there is no port ' + name)


def write_all(port, data):
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(port, rest[:PIECE]):]


class Events:
    """What the host is told; whole messages, whichever thread sends them."""

    def __init__(self, port):
        self._port = port
        self._lock = threading.Lock()

    def send(self, message, data=None):
        if data is not None:
            message = dict(message, bytes=len(data))
        text = json.dumps(message).encode()
        frames = struct.pack('>I', len(text)) + text
        if data is not None:
            frames += struct.pack('>I', len(data)) + data
        with self._lock:
            write_all(self._port, frames)


class Control:
    """What the host asks for."""

    def __init__(self, port):
        self._port = port

    def receive(self):
        """The next message and its bytes; waits for them for as long as it takes."""
        message = json.loads(self._frame(MOST_JSON))
        return message, self._frame(MOST_BYTES) if 'bytes' in message else b''

    def _frame(self, most):
        (length,) = struct.unpack('>I', self._read(4))
        if length > most:
            raise ValueError('a frame of %d bytes' % length)
        return self._read(length)

    def _read(self, length):
        parts = []
        while length:
            part = os.read(self._port, min(length, 1 << 16))
            if not part:
                # Nobody is at the other end yet: the host connects when it goes on from the saved machine.
                time.sleep(0.01)
                continue
            parts.append(part)
            length -= len(part)
        return b''.join(parts)
