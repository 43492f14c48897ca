"""Files that nobody has a reason to touch, watched through fanotify."""
import ctypes
import os
import struct
import threading

from system import HOME, UID, libc

FILES = {
    '.ssh/id_ed25519': '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n',
    '.aws/credentials': '[default]\naws_access_key_id = AKIA3QX7NB5WJ2KD4YTE\naws_secret_access_key = q1nYc0Yt8vJvGk2m5s7uXzR4dFhLpWbEaTgNiOk3\n',
    '.mozilla/firefox/k4x1.default/logins.json': '{"nextId":2,"logins":[{"id":1,"hostname":"https://intranet.example","encryptedUsername":"MDoEEPgA"}]}\n',
    'Documents/passwords.csv': 'site,user,password\nhttps://intranet.example,m.weber,Sommer-4711\n',
}
CLOEXEC, NONBLOCK = 1, 2
ADD = 1
ACCESS, MODIFY, OPEN = 1, 2, 0x20
EVENT = struct.Struct('<IBBHQii')
AT_FDCWD = -100


class Honey:
    def __init__(self, tell):
        self._tell = tell
        self._watch = libc.fanotify_init(CLOEXEC, os.O_RDONLY | getattr(os, 'O_LARGEFILE', 0))
        if self._watch < 0:
            raise OSError(ctypes.get_errno(), 'fanotify_init')
        for name, text in FILES.items():
            self._lay(os.path.join(HOME, name), text)

    def _lay(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(text)
        folder = path
        while folder != HOME:
            os.chown(folder, UID, UID)
            folder = os.path.dirname(folder)
        mark = libc.fanotify_mark
        mark.argtypes = [ctypes.c_int, ctypes.c_uint, ctypes.c_uint64, ctypes.c_int, ctypes.c_char_p]
        if mark(self._watch, ADD, ACCESS | MODIFY | OPEN, AT_FDCWD, path.encode()) != 0:
            raise OSError(ctypes.get_errno(), 'fanotify_mark', path)

    @property
    def paths(self):
        return [os.path.join(HOME, name) for name in FILES]

    def start(self):
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        told = set()
        while True:
            data, at = os.read(self._watch, 8192), 0
            while at + EVENT.size <= len(data):
                length, _, _, _, mask, file, pid = EVENT.unpack_from(data, at)
                at += length
                path = os.readlink('/proc/self/fd/%d' % file)
                os.close(file)
                action = 'write' if mask & MODIFY else 'read'
                if pid != os.getpid() and (pid, path, action) not in told and len(told) < 1000:
                    told.add((pid, path, action))
                    self._tell({'kind': 'file', 'pid': pid, 'action': action, 'path': path, 'honey': True})
