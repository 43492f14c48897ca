"""The guest's system: mounts, accounts, limits, clock and randomness."""
import ctypes
import fcntl
import os
import pwd
import resource
import time

ACCOUNT = 'user'
UID = 1000
# Of the programs that the agent runs for itself.
OWN_UID = 1001
HOME = '/home/user'
GROUP = '/sys/fs/cgroup/viewer'
RESEED = 0x5207
# Threads count as well: a browser has some two hundred.
MOST_PROCESSES = 500
FILE_BYTES = 256 << 20
# What the system and the agent need beside the viewer.
KEPT_BYTES = 96 << 20

libc = ctypes.CDLL(None, use_errno=True)


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def mount(source, target, kind, options=''):
    os.makedirs(target, exist_ok=True)
    if os.path.ismount(target):
        return
    if libc.mount(source.encode(), target.encode(), kind.encode(), 0, options.encode()) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), target)


def prepare():
    """Mounts what init left, makes the account that viewers run under, and the group that bounds them."""
    os.environ.update(PATH='/usr/sbin:/usr/bin:/sbin:/bin', HOME='/root', LANG='C.UTF-8')
    mount('proc', '/proc', 'proc')
    mount('sys', '/sys', 'sysfs')
    mount('dev', '/dev', 'devtmpfs')
    mount('pts', '/dev/pts', 'devpts')
    mount('shm', '/dev/shm', 'tmpfs', 'mode=1777,size=64m')
    mount('run', '/run', 'tmpfs', 'mode=755,size=64m')
    mount('trace', '/sys/kernel/tracing', 'tracefs')
    mount('cgroup', '/sys/fs/cgroup', 'cgroup2')
    os.chmod('/tmp', 0o1777)
    # What a viewer writes reaches the disk soon, where the host reads it.
    write('/proc/sys/vm/dirty_writeback_centisecs', '20')
    write('/proc/sys/vm/dirty_expire_centisecs', '50')
    write('/proc/sys/kernel/dmesg_restrict', '1')
    _make_account()
    _make_group()
    # The first process is never killed for want of memory; those that it starts are, before any other.
    write('/proc/self/oom_score_adj', '1000')
    os.setpriority(os.PRIO_PROCESS, 0, -15)


def _make_account():
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        with open('/etc/passwd', 'a') as accounts:
            accounts.write('%s:x:%d:%d::%s:/bin/sh\n' % (ACCOUNT, UID, UID, HOME))
        with open('/etc/group', 'a') as groups:
            groups.write('%s:x:%d:\n' % (ACCOUNT, UID))
    for folder in (HOME, HOME + '/Documents'):
        os.makedirs(folder, exist_ok=True)
        os.chown(folder, UID, UID)


def _make_group():
    write('/sys/fs/cgroup/cgroup.subtree_control', '+memory +pids +cpu')
    os.makedirs(GROUP, exist_ok=True)
    with open('/proc/meminfo') as memory:
        total = int(memory.readline().split()[1]) << 10
    write(GROUP + '/memory.max', str(max(total - KEPT_BYTES, total // 2)))
    write(GROUP + '/pids.max', str(MOST_PROCESSES))


def bound():
    """Bounds of one process of the viewer."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


def set_clock(seconds):
    time.clock_settime(time.CLOCK_REALTIME, seconds)


def mix(seed):
    """Mixes the host's seed into the kernel's randomness: clones of one template would draw the same numbers otherwise."""
    with open('/dev/urandom', 'wb', buffering=0) as random:
        random.write(seed)
        fcntl.ioctl(random, RESEED)
