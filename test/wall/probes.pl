# A hostile program that takes QEMU's place: it tries to reach everything that a machine must not reach, and says of each attempt whether it got there.
# wall.test.ts starts it behind the wall, and once without the wall as the control. `list` as its first argument tells what it tries.
use strict;
use warnings;
use Errno qw(ENOSYS EAFNOSUPPORT EPROTONOSUPPORT ENOENT ENXIO ENODEV ENOEXEC EINVAL EBADF EFAULT ESOCKTNOSUPPORT);
use Fcntl;
use Socket;

my %given = map { split /=/, $_, 2 } @ARGV[1 .. $#ARGV];
$SIG{XFSZ} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

sub reads { my ($path) = @_; open(my $file, '<', $path) or return 0; defined(sysread($file, my $bytes, 1)) }
sub writes { my ($path) = @_; sysopen(my $file, $path, O_WRONLY) or return 0; 1 }
sub lists { my ($path) = @_; opendir(my $folder, $path) or return 0; 1 }
sub makes { my ($path) = @_; sysopen(my $file, $path, O_WRONLY | O_CREAT | O_EXCL, 0600) or return 0; unlink $path; 1 }
sub calls { my $answer = syscall($_[0], @_[1 .. $#_]); $answer >= 0 ? $answer || '0 but true' : 0 }
sub opens { my ($family, $type, $protocol) = @_; socket(my $socket, $family, $type, $protocol) or return 0; 1 }
sub reopened { my ($fd, $how) = @_; sysopen(my $file, "/proc/self/fd/$fd", $how) or return; $file }
sub connects {
  my ($family, $address) = @_;
  socket(my $socket, $family, SOCK_STREAM, 0) or return 0;
  connect($socket, $address);
}

# A process that the program must not touch: one of the host where it sees one, else the first of its own numbering.
sub first_process { -e "/proc/$given{victim}/status" ? $given{victim} : 1 }
# A datagram counts when somebody answers it.
sub answered {
  my ($socket) = @_;
  my $ready = '';
  vec($ready, fileno($socket), 1) = 1;
  select($ready, undef, undef, 2) > 0;
}
my @disks = grep { -b $_ } glob('/dev/vd? /dev/sd? /dev/nvme?n? /dev/xvd? /dev/loop0');
my $padding = "\0" x 256;
# The list: what it reaches for, how it is called, what it is, and the attempt. `calls` marks what the filter of system calls alone denies.
my @probes = (
  ['files', 'accounts', 'read /etc/passwd', sub { reads('/etc/passwd') }],
  ['files', 'password-hashes', 'read /etc/shadow', sub { reads('/etc/shadow') }],
  ['files', 'key', 'read a key that the worker keeps', sub { reads($given{secret}) }],
  ['files', 'sample', 'read another sample, which its file mode gives to everybody', sub { reads($given{public}) }],
  ['files', 'samples', 'list the folder of other runs', sub { lists($given{folder}) }],
  ['files', 'program', 'read the source of the server', sub { reads($given{source}) }],
  ['files', 'home', 'list the home folder of root', sub { lists('/root') }],
  ['files', 'local-programs', 'list /usr/local', sub { lists('/usr/local') }],
  ['files', 'configuration', 'list /etc', sub { lists('/etc') }],
  ['files', 'state', 'list /var', sub { lists('/var') }],
  ['files', 'first-process-root', 'read /etc/passwd through the root of another process', sub { reads('/proc/' . first_process() . '/root/etc/passwd') }],
  ['files', 'write-temporary', 'make a file in /tmp', sub { makes("/tmp/vedette-probe-$$") }],
  ['files', 'write-root', 'make a file in /', sub { makes("/vedette-probe-$$") }],
  ['files', 'write-shared-memory', 'make a file in /dev/shm', sub { makes("/dev/shm/vedette-probe-$$") }],
  ['files', 'write-libraries', 'make a file beside the libraries', sub { makes("/usr/lib/x86_64-linux-gnu/vedette-probe-$$") }],
  ['files', 'device-node', 'make a device of its own (mknod)', sub {
    my $path = "/tmp/vedette-node-$$";
    my $made = calls(133, $path, 0020600, 0x103);
    unlink $path if $made;
    $made;
  }],

  ['descriptors', 'image-reopened', 'open the base image again for writing', sub { reopened(8, O_RDWR) ? 1 : 0 }],
  ['descriptors', 'image-written', 'write to the base image through its descriptor', sub { open(my $file, '>&', 8) or return 0; syswrite($file, 'x') }],
  ['descriptors', 'kernel-reopened', 'open the kernel again for writing', sub { reopened(12, O_RDWR) ? 1 : 0 }],
  ['descriptors', 'initrd-reopened', 'open the initramfs again for writing', sub { reopened(13, O_RDWR) ? 1 : 0 }],
  ['descriptors', 'state-reopened', 'open the saved device state again for writing', sub { reopened(11, O_RDWR) ? 1 : 0 }],
  ['descriptors', 'memory-written', 'open the memory of the template again and write to it', sub { my $file = reopened(10, O_RDWR) or return 0; syswrite($file, 'x') }],
  ['descriptors', 'memory-cut', 'make the memory of the template shorter', sub { my $file = reopened(10, O_RDWR) or return 0; truncate($file, 1) }],
  ['descriptors', 'inherited', 'use a descriptor that the worker was started with', sub { open(my $file, '<&', 200) ? 1 : 0 }],
  ['descriptors', 'worker-descriptors', 'list the descriptors of the worker', sub { lists("/proc/$given{worker}/fd") }],
  ['descriptors', 'disk-grown', 'write past the end that its disk may have', sub {
    open(my $file, '+>&', 9) or return 0;
    sysseek($file, $given{limit} + 4096, 0) or return 0;
    syswrite($file, 'x');
  }],
  ['descriptors', 'disk-filled', 'reserve a gigabyte for its disk', sub { calls(285, 9, 0, 0, 1 << 30) }],
  ['descriptors', 'disk-reserved', 'reserve a gigabyte past the end of its disk, which then looks no larger', sub { calls(285, 9, 1, 0, 1 << 30) }, 'calls'],
  ['descriptors', 'disk-reserved-otherwise', 'reserve it by an ioctl of the file system', sub { my $space = pack('ssx4qqlLl4', 0, 0, 0, 1 << 30, (0) x 6); calls(16, 9, 0x4030582a, $space) }, 'calls'],

  ['network', 'tcp', 'connect to a port of the host', sub { connects(AF_INET, pack_sockaddr_in($given{port}, INADDR_LOOPBACK)) }],
  ['network', 'tcp6', 'open a socket of IPv6', sub { opens(AF_INET6, SOCK_STREAM, 0) }, 'calls'],
  ['network', 'udp', 'have a datagram answered by the host', sub {
    socket(my $socket, AF_INET, SOCK_DGRAM, 0) or return 0;
    send($socket, 'x', 0, pack_sockaddr_in($given{udp}, INADDR_LOOPBACK)) or return 0;
    answered($socket);
  }],
  ['network', 'raw', 'open a raw socket', sub { opens(AF_INET, SOCK_RAW, 1) }],
  ['network', 'packet', 'open a packet socket', sub { opens(17, SOCK_RAW, 0) }],
  ['network', 'netlink', 'open a netlink socket', sub { opens(16, SOCK_RAW, 0) }, 'calls'],
  ['network', 'vsock', 'open a socket to the host of this host (AF_VSOCK)', sub { opens(40, SOCK_STREAM, 0) }, 'calls'],
  ['network', 'kernel-crypto', 'open a socket of the kernel\'s ciphers (AF_ALG)', sub { opens(38, 5, 0) }, 'calls'],
  ['network', 'abstract', 'connect to an abstract socket of the host', sub { connects(AF_UNIX, pack('S a*', AF_UNIX, "\0$given{abstract}")) }],
  ['network', 'database', 'connect to the socket of a database', sub { connects(AF_UNIX, pack_sockaddr_un($given{socket})) }],
  ['network', 'resolver', 'read where names are asked for', sub { reads('/etc/resolv.conf') }],

  ['processes', 'see', 'see a process of the host', sub { -e "/proc/$given{worker}/status" ? 1 : 0 }],
  ['processes', 'environment', 'read the environment of the worker', sub { reads("/proc/$given{worker}/environ") }],
  ['processes', 'signal', 'signal a process of the host', sub { kill(0, $given{victim}) }],
  ['processes', 'signal-machine', 'signal another machine', sub { kill(0, $given{machine}) }],
  ['processes', 'machine-disk', 'open the disk of another machine', sub { reads("/proc/$given{machine}/fd/9") }],
  ['processes', 'machine-memory', 'open the memory of another machine', sub { sysopen(my $file, "/proc/$given{machine}/mem", O_RDWR) ? 1 : 0 }],
  ['processes', 'trace', 'trace a process of the host (ptrace)', sub { my $done = calls(101, 16, $given{victim} + 0, 0, 0); if ($done) { waitpid($given{victim}, 0x40000000); syscall(101, 17, $given{victim} + 0, 0, 0) } $done }],
  ['processes', 'trace-first', 'trace the first process of its own (ptrace)', sub { calls(101, 0x4206, first_process() + 0, 0, 0) }, 'calls'],
  ['processes', 'handle', 'take a handle of another process (pidfd_open)', sub { calls(434, first_process() + 0, 0) }, 'calls'],
  ['processes', 'start', 'start a process', sub {
    my $child = fork();
    return 0 unless defined $child;
    unless ($child) { no warnings 'exec'; { exec '/usr/bin/true' } syscall(231, 1) }
    waitpid($child, 0);
    1;
  }, 'calls'],
  ['processes', 'fork-bomb', 'have 200 processes at once', sub {
    my @children;
    for (1 .. 200) {
      my $child = fork();
      last unless defined $child;
      unless ($child) { sleep 20; syscall(231, 0) }
      push @children, $child;
    }
    my $error = $!;
    kill 'KILL', @children if @children;
    waitpid($_, 0) for @children;
    $! = $error;
    @children == 200;
  }],
  ['processes', 'priority', 'run before others', sub { $! = 0; setpriority(0, 0, -5) }],

  ['namespaces', 'user', 'make a user namespace (unshare)', sub { my $child = fork(); if (defined $child && !$child) { syscall(231, calls(272, 0x10000000) ? 0 : 1) } defined $child ? (waitpid($child, 0), $? == 0)[1] : calls(272, 0x10000000) }],
  ['namespaces', 'user-cloned', 'start a process in a user namespace (clone)', sub { my $child = syscall(56, 0x10000000 | 17, 0, 0, 0, 0); syscall(231, 0) if $child == 0; waitpid($child, 0) if $child > 0; $child > 0 }],
  ['namespaces', 'enter', 'enter the network of another process (setns)', sub { open(my $space, '<', '/proc/' . first_process() . '/ns/net') or return 0; calls(308, fileno($space), 0) }],
  ['namespaces', 'mount', 'mount a file system', sub { my ($none, $type, $at) = ('none', 'tmpfs', $given{folder}); my $done = calls(165, $none, $at, $type, 0, 0); calls(166, $at, 2) if $done; $done }],
  ['namespaces', 'bind', 'show a folder at another place (bind mount)', sub { my ($from, $type, $at) = ('/proc', '', $given{folder}); my $done = calls(165, $from, $at, $type, 0x1000, 0); calls(166, $at, 2) if $done; $done }],
  ['namespaces', 'root', 'change the root folder', sub { my $path = '/'; calls(161, $path) }],

  ['accounts', 'become-root', 'become root (setuid)', sub { calls(105, 0) }],
  ['accounts', 'groups', 'take further groups', sub { my $groups = pack('L', 0); calls(116, 1, $groups) }],
  ['accounts', 'core-limit', 'let a crash leave its memory', sub { my $limit = pack('QQ', ~0, ~0); calls(160, 4, $limit) }],
  ['accounts', 'lock-memory', 'lock memory', sub { my $bytes = "\0" x 65536; calls(149, unpack('Q', pack('p', $bytes)), 65536) }],
  ['accounts', 'group-escape', 'leave its cgroup', sub { writes($given{group}) }],

  ['kernel', 'system-settings', 'open a setting of the kernel for writing', sub { writes('/proc/sys/kernel/core_pattern') }],
  ['kernel', 'magic-keys', 'open /proc/sysrq-trigger for writing', sub { -e '/proc/sysrq-trigger' ? writes('/proc/sysrq-trigger') : do { $! = ENODEV; 0 } }],
  ['kernel', 'devices', 'list /sys', sub { lists('/sys/class') }],
  ['kernel', 'disk', 'read a disk of the host', sub { @disks ? reads($disks[0]) : do { $! = ENODEV; 0 } }],
  ['kernel', 'log-device', 'open /dev/kmsg', sub { sysopen(my $file, '/dev/kmsg', O_RDONLY | O_NONBLOCK) ? 1 : 0 }],
  ['kernel', 'terminals', 'open a terminal of its own', sub { sysopen(my $file, '/dev/ptmx', O_RDWR | O_NOCTTY) ? 1 : 0 }],
  ['kernel', 'file-systems', 'open /dev/fuse', sub { sysopen(my $file, '/dev/fuse', O_RDWR) ? 1 : 0 }],
  ['kernel', 'log', 'read the log of the kernel', sub { my $log = "\0" x 4096; calls(103, 3, $log, 4096) }],
  ['kernel', 'keys', 'add a key to its session (add_key)', sub { my ($type, $name, $key) = ('user', 'vedette-probe', 'x'); calls(248, $type, $name, $key, 1, -3) }, 'calls'],
  ['kernel', 'key-session', 'read its session of keys (keyctl)', sub { calls(250, 0, -4, 0) }, 'calls'],
  ['kernel', 'bpf', 'load a map into the kernel (bpf)', sub { my $map = pack('LLLLL', 2, 4, 4, 1, 0) . $padding; calls(321, 0, $map, 72) }],
  ['kernel', 'performance', 'count events of the kernel (perf_event_open)', sub { my $event = pack('LLQQQQ', 1, 112, 0, 0, 0, 0) . $padding; calls(298, $event, 0, -1, -1, 0) }],
  ['kernel', 'page-faults', 'handle page faults of the kernel (userfaultfd)', sub { calls(323, 0) }],
  ['kernel', 'rings', 'make a ring of requests (io_uring)', sub { my $ring = $padding; calls(425, 4, $ring) }, 'calls'],
  ['kernel', 'module', 'load a module', sub { my ($module, $none) = ('x' x 64, ''); calls(175, $module, 64, $none) || $! == ENOEXEC }],
  ['kernel', 'ports', 'reach ports of the hardware (iopl)', sub { calls(172, 3) }],
  ['kernel', 'clock', 'set the clock', sub { my $time = $padding; syscall(228, 0, $time); calls(227, 0, $time) }],
  ['kernel', 'host-name', 'rename the host', sub { open(my $file, '<', '/proc/sys/kernel/hostname') or return 0; chomp(my $name = <$file>); calls(170, $name, length $name) }],
  ['kernel', 'layout', 'switch off the random layout of memory (personality)', sub { calls(135, 0x0040000) }, 'calls'],
  ['kernel', 'segments', 'write its table of segments (modify_ldt)', sub { my $entry = pack('LLLL', 0, 0, 0, 0x28); calls(154, 1, $entry, 16) }, 'calls'],
  ['kernel', 'sync-all', 'have all disks of the host written out (sync)', sub { calls(162) }, 'calls'],
  ['kernel', 'requests', 'take requests that all of the host share (io_setup)', sub { my $ring = pack('Q', 0); calls(206, 64, $ring) }, 'calls'],
  ['kernel', 'queues', 'make a queue of messages (msgget)', sub { my $queue = syscall(68, 0, 0600); syscall(71, $queue, 0, 0) if $queue >= 0; $queue >= 0 }, 'calls'],
  ['kernel', 'watch-all', 'watch files of all (fanotify)', sub { calls(300, 0, 0) }],

  # What only ends with the program, each started for itself.
  ['bombs', 'memory-bomb', 'use more memory than it has', sub { my @blocks; for (1 .. $given{mib}) { push @blocks, chr(1 + $_ % 200) x (1 << 20) } 1 }, 'alone'],
  ['bombs', 'memory-file-bomb', 'use more memory than it has in a memory file', sub {
    my $name = 'bomb';
    my $fd = syscall(319, $name, 0);
    return 0 if $fd < 0;
    open(my $file, '>&=', $fd) or return 0;
    my $block = 'x' x (1 << 20);
    for (1 .. $given{mib}) { syswrite($file, $block) or return 0 }
    1;
  }, 'alone'],
);

if ($ARGV[0] eq 'list') {
  print join("\t", @$_[0 .. 2], $_->[4] // ''), "\n" for @probes;
  exit 0;
}
my %absent = map { $_ => 1 } ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, ENXIO, ENODEV;
# What starts it says when the wall was looked at.
<STDIN>;
open(my $answers, '>&=', $given{answers}) or die "no descriptor for the answers: $!\n";
for my $probe (@probes) {
  my ($group, $name, $what, $attempt, $mark) = @$probe;
  next if $ARGV[0] eq 'all' ? ($mark // '') eq 'alone' : $name ne $ARGV[0];
  $! = 0;
  my $reached = eval { $attempt->() };
  my ($number, $reason) = ($! + 0, "$!");
  my $answer = $reached ? 'reached' : $absent{$number} ? 'absent' : 'denied';
  syswrite $answers, "$name\t$answer\t" . ($@ ? "died: $@" =~ s/\s+/ /gr : $reached ? '' : $reason) . "\n";
}
syswrite $answers, "end\tend\t\n";
