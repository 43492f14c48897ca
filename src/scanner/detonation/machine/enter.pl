# The first step behind the wall (wall.ts): enters the groups that limit the machine, takes limits of its own, and keeps the descriptors that it is
# given and no other, whatever the worker was started with. Every step that fails ends it.
use strict;
use warnings;

use constant { PRCTL => 157, PDEATHSIG => 1, KILL => 9, SETRLIMIT => 160, CLOSE_RANGE => 436, LAST => 0xffffffff };

my ($parent, $first_closed, $groups, $limits, @program) = @ARGV;
syscall(PRCTL, PDEATHSIG, KILL, 0, 0, 0) == 0 or die "prctl: $!\n";
exit 0 unless getppid() == $parent;
for my $group (split ' ', $groups) {
  open(my $file, '>', $group) or die "$group: $!\n";
  syswrite($file, $$) or die "$group: $!\n";
}
for my $limit (split ' ', $limits) {
  my ($resource, $value) = split /=/, $limit;
  my $both = pack('QQ', $value, $value);
  syscall(SETRLIMIT, $resource + 0, $both) == 0 or die "limit $limit: $!\n";
}
if ($first_closed > 0) { syscall(CLOSE_RANGE, $first_closed + 0, LAST, 0) == 0 or die "close_range: $!\n" }
exec { $program[0] } @program or die "$program[0]: $!\n";
