"""Runs the viewer's programs: under an account without rights, in a bounded group, watched from their first call on."""
import glob
import os
import subprocess
import threading
import time

from system import ACCOUNT, GROUP, HOME, OWN_UID, UID, bound

# Of what a program says last: the C library's own words about damage are among it.
LAST_BYTES = 2000
MOST_OPEN = 500
MALLOC_DEBUG = 'libc_malloc_debug.so.0'
ENVIRONMENT = {'PATH': '/usr/bin:/bin', 'HOME': HOME, 'USER': ACCOUNT, 'LANG': 'C.UTF-8', 'TMPDIR': '/tmp'}


def checked_heap():
    """What makes the C library check its heap: one variable up to glibc 2.33, a library and a tunable since."""
    checks = {'MALLOC_CHECK_': '3', 'GLIBC_TUNABLES': 'glibc.malloc.check=3'}
    if glob.glob('/usr/lib/*/' + MALLOC_DEBUG):
        checks['LD_PRELOAD'] = MALLOC_DEBUG
    return checks


class Words:
    """The end of what a program says."""

    def __init__(self, stream):
        self._said = b''
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream):
        with stream:
            while True:
                said = os.read(stream.fileno(), 1 << 16)
                if not said:
                    return
                self._said = (self._said + said)[-LAST_BYTES:]

    def end(self):
        """Waits for what is still on its way: a process that lives on may hold the other end."""
        self._reader.join(0.2)
        return ''.join(letter if letter.isprintable() else ' ' for letter in self._said.decode('utf8', 'replace')).strip()


class Processes:
    def __init__(self, tracing):
        self._tracing = tracing
        self._group = os.open(GROUP + '/cgroup.procs', os.O_WRONLY | os.O_CLOEXEC)
        self._own = {}
        self._lock = threading.Lock()

    def _enter(self, image, own):
        """Makes the calling process, which the agent has just forked, one of the viewer's."""
        os.setsid()
        os.write(self._group, b'0')
        os.setpriority(os.PRIO_PROCESS, 0, 0)
        bound()
        os.chdir(HOME)
        os.write(self._tracing.processes, str(os.getpid()).encode())
        self._tracing.mark('process pid=%d parent=%d image=%s' % (os.getpid(), os.getppid(), image))
        if own and self._tracing.token:
            self._tracing.mark('own %s pid=%d' % (self._tracing.token, os.getpid()))

    def start(self, command, extra=None, account=True, own=False, **given):
        """
        Starts a program of the viewer; what it says on its standard error is kept for `last_words` unless another place is given. Without `account` it has all
        rights: it stands for a viewer that was taken over wholly. With `own` the agent runs it for itself, under an account that the viewer cannot become: its
        start is no doing of the viewer's, and all that it does is told as ever.
        """
        uid = OWN_UID if own else UID
        who = {'user': uid, 'group': uid, 'extra_groups': []} if account else {}
        streams = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.PIPE}
        with self._lock:
            process = subprocess.Popen(command, env=dict(ENVIRONMENT, **(extra or {})), preexec_fn=lambda: self._enter(command[0], own), **dict(streams, **given), **who)
            self._own[process.pid] = process
        if process.stderr is not None:
            process.words = Words(process.stderr)
        return process

    def last_words(self, process):
        return process.words.end() if hasattr(process, 'words') else ''

    def wait(self, process, seconds):
        """How the program ended (negative: the signal that ended it); None where it has not by then."""
        until = time.monotonic() + seconds
        while process.poll() is None:
            if time.monotonic() >= until:
                return None
            time.sleep(0.01)
        with self._lock:
            self._own.pop(process.pid, None)
        return process.returncode

    def alive(self):
        """Numbers of all processes of the viewer that run, whoever started them."""
        with open(GROUP + '/cgroup.procs') as processes:
            return [int(line) for line in processes if line.strip() != '0']

    def open_files(self):
        """Paths of the files that the viewer's processes hold open to be written."""
        paths = set()
        for process in self.alive():
            for held in glob.glob('/proc/%d/fd/*' % process):
                try:
                    path = os.readlink(held)
                    with open(held.replace('/fd/', '/fdinfo/')) as told:
                        flags = next((int(line.split()[1], 8) for line in told if line.startswith('flags:')), 0)
                except OSError:
                    continue
                if flags & os.O_ACCMODE != os.O_RDONLY and path.startswith(HOME + '/'):
                    paths.add(path)
        return sorted(paths)[:MOST_OPEN]

    def used(self):
        """Seconds that processors worked for the viewer's processes."""
        with open(GROUP + '/cpu.stat') as said:
            return int(said.readline().split()[1]) / 1e6

    def end_all(self):
        for _ in range(100):
            if not self.alive():
                return
            # They stand still first: one that ran on while others are gone would fault, by our doing.
            with open(GROUP + '/cgroup.freeze', 'w') as freeze:
                freeze.write('1')
            with open(GROUP + '/cgroup.kill', 'w') as kill:
                kill.write('1')
            time.sleep(0.02)

    def reap(self):
        """Takes the ends of processes that nobody else waits for: those that the viewer's programs left behind."""
        while True:
            with self._lock:
                try:
                    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                except ChildProcessError:
                    return
                if ended is None:
                    return
                process = self._own.get(ended.si_pid)
                if process is None:
                    os.waitpid(ended.si_pid, 0)
                elif process.poll() is None:
                    # Whoever waits for it takes its end just now.
                    return
                else:
                    # Its end is kept for whoever asks, and holds back no other.
                    del self._own[ended.si_pid]
