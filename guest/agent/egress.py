"""The guest's half of the way out: a listener on the loopback whose connections travel over one serial port to the recording proxy of the host.

Questions for names (DNS over UDP) travel there too, each as a connection of its own: one question, one answer. The guest has no network device. Frames: 1 byte kind, 1 byte zero, 2 bytes length, 4 bytes number of the connection (big endian), then the content.
"""
import argparse
import fcntl
import os
import selectors
import socket
import struct
import subprocess
import sys
import time

OPEN, DATA, END, RESET, CREDIT = 1, 2, 3, 4, 5
HEADER = struct.Struct(">BxHI")
WINDOW = 256 * 1024
LONGEST_DATA = 32 * 1024
MOST_STREAMS = 180
PROXY = ("127.0.0.1", 3128)
NAMES = ("127.0.0.1", 53)
LONGEST_QUESTION = 4096


def raise_loopback():
    """Brings the loopback interface up (SIOCGIFFLAGS, SIOCSIFFLAGS); the guest starts with none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, 0x8913, request))[1]
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", flags | 1))


class Stream:
    """One connection of a program of the guest."""

    def __init__(self, connection):
        self.connection = connection
        self.credit = WINDOW
        self.to_program = bytearray()
        self.uncredited = 0
        self.program_ended = False
        self.host_ended = False
        self.shut = False


class Forwarder:
    def __init__(self, port, listeners, names=None):
        self.port = port
        self.streams = {}
        self.last = 0
        self.unread = bytearray()
        self.to_host = bytearray()
        self.selector = selectors.DefaultSelector()
        os.set_blocking(port, False)
        self.selector.register(port, selectors.EVENT_READ, self.on_port)
        self.port_events = selectors.EVENT_READ
        for listener, opened in listeners:
            listener.setblocking(False)
            self.selector.register(listener, selectors.EVENT_READ, lambda _events, one=listener, text=opened: self.accept(one, text))
        if names:
            names.setblocking(False)
            self.selector.register(names, selectors.EVENT_READ, lambda _events: self.asked(names))

    def run(self):
        while True:
            for key, events in self.selector.select():
                key.data(events)

    # The host's side

    def send(self, kind, number, content=b""):
        self.to_host += HEADER.pack(kind, len(content), number) + content
        self.flush()

    def flush(self):
        try:
            while self.to_host:
                written = os.write(self.port, self.to_host[: 64 * 1024])
                del self.to_host[:written]
        except BlockingIOError:
            pass
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.to_host else 0)
        if wanted != self.port_events:
            self.port_events = wanted
            self.selector.modify(self.port, wanted, self.on_port)

    def on_port(self, events):
        if events & selectors.EVENT_WRITE:
            self.flush()
        if not events & selectors.EVENT_READ:
            return
        try:
            content = os.read(self.port, 64 * 1024)
        except BlockingIOError:
            return
        if not content:
            # Nobody is at the other end: the template is being made, or the host is gone.
            time.sleep(0.1)
            return
        self.unread += content
        while len(self.unread) >= HEADER.size:
            kind, length, number = HEADER.unpack_from(self.unread)
            end = HEADER.size + length
            if len(self.unread) < end:
                break
            frame = bytes(self.unread[HEADER.size : end])
            del self.unread[:end]
            stream = self.streams.get(number)
            if stream:
                self.take(kind, number, stream, frame)

    def take(self, kind, number, stream, content):
        if kind == DATA:
            stream.to_program += content
        elif kind == END:
            stream.host_ended = True
        elif kind == CREDIT:
            stream.credit += struct.unpack(">I", content)[0]
        elif kind == RESET:
            if not stream.host_ended:
                self.forget(number, stream)
                return
            stream.program_ended = True
        self.write(number, stream)

    # The program's side

    def accept(self, listener, opened):
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        self.open(connection, opened)

    def asked(self, names):
        """A question for a name: it is said to the host as a program would say it, and the answer goes back to who asked."""
        try:
            question, who = names.recvfrom(LONGEST_QUESTION)
        except OSError:
            return
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        ours.send(question)
        ours.shutdown(socket.SHUT_WR)
        self.selector.register(ours, selectors.EVENT_READ, lambda _events: self.answered(ours, names, who))
        self.open(theirs, "names")

    def answered(self, ours, names, who):
        try:
            answer = ours.recv(LONGEST_QUESTION)
            if answer:
                names.sendto(answer, who)
        except OSError:
            pass
        self.selector.unregister(ours)
        ours.close()

    def open(self, connection, opened):
        if len(self.streams) >= MOST_STREAMS:
            connection.close()
            return
        connection.setblocking(False)
        self.last = (self.last + 1) & 0xFFFFFFFF
        number, stream = self.last, Stream(connection)
        self.streams[number] = stream
        stream.on = lambda events: self.on_program(number, stream, events)
        self.selector.register(connection, selectors.EVENT_READ, stream.on)
        self.send(OPEN, number, opened.encode())

    def on_program(self, number, stream, events):
        # Another event of the same batch may have ended it.
        if self.streams.get(number) is not stream:
            return
        if events & selectors.EVENT_READ:
            self.read(number, stream)
        if self.streams.get(number) is stream:
            self.write(number, stream)

    def read(self, number, stream):
        if stream.program_ended or stream.credit == 0:
            return
        try:
            content = stream.connection.recv(min(LONGEST_DATA, stream.credit))
        except BlockingIOError:
            return
        except OSError:
            self.reset(number, stream)
            return
        if content:
            stream.credit -= len(content)
            self.send(DATA, number, content)
        else:
            stream.program_ended = True
            self.send(END, number)

    def write(self, number, stream):
        try:
            while stream.to_program:
                written = stream.connection.send(stream.to_program[: 64 * 1024])
                del stream.to_program[:written]
                stream.uncredited += written
        except BlockingIOError:
            pass
        except OSError:
            self.reset(number, stream)
            return
        if stream.uncredited:
            self.send(CREDIT, number, struct.pack(">I", stream.uncredited))
            stream.uncredited = 0
        if stream.host_ended and not stream.to_program:
            if not stream.shut:
                stream.shut = True
                try:
                    stream.connection.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
            if stream.program_ended:
                self.forget(number, stream)
                return
        self.watch(stream)

    def watch(self, stream):
        wanted = 0
        if not stream.program_ended and stream.credit > 0:
            wanted |= selectors.EVENT_READ
        if stream.to_program:
            wanted |= selectors.EVENT_WRITE
        registered = stream.connection in self.selector.get_map()
        if wanted and registered:
            self.selector.modify(stream.connection, wanted, stream.on)
        elif wanted:
            self.selector.register(stream.connection, wanted, stream.on)
        elif registered:
            self.selector.unregister(stream.connection)

    def reset(self, number, stream):
        self.send(RESET, number)
        self.forget(number, stream)

    def forget(self, number, stream):
        self.streams.pop(number, None)
        if stream.connection in self.selector.get_map():
            self.selector.unregister(stream.connection)
        stream.connection.close()


def listen(address):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(128)
    return listener


def listen_for_names(address):
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(address)
    return names


forwarder = None


def is_gone():
    """Whether the forwarder was started and has ended: nothing that asks for the network is seen any more."""
    return forwarder is not None and forwarder.poll() is not None


def start():
    """Starts the forwarder as a process of its own, outside of the viewer's; returns the address of the proxy."""
    from channels import open_port

    raise_loopback()
    port = open_port("vedette.proxy")
    global forwarder
    forwarder = subprocess.Popen([sys.executable, "-IB", os.path.abspath(__file__), "--fd", str(port)], pass_fds=(port,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    os.close(port)
    return "http://%s:%d" % PROXY


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True, help="the serial port, open")
    parser.add_argument("--listen", type=int, default=PROXY[1], help="port of the loopback; 0 takes a free one and prints it")
    parser.add_argument("--names", type=int, default=NAMES[1], help="port of the loopback for questions; 0 takes a free one")
    arguments = parser.parse_args()
    listener = listen((PROXY[0], arguments.listen))
    names = listen_for_names((NAMES[0], arguments.names))
    print(listener.getsockname()[1], names.getsockname()[1], flush=True)
    Forwarder(arguments.fd, [(listener, "proxy")], names).run()


if __name__ == "__main__":
    sys.exit(main())
