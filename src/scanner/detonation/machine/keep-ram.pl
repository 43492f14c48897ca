# Loads the saved memory of a template into a memory file and seals it: nobody can change it any more, whoever opens it again and how.
# Says its descriptor, and keeps it for as long as its standard input stays open.
use strict;
use warnings;

use constant { MEMFD_CREATE => 319, FALLOCATE => 285, ALLOW_SEALING => 2, ADD_SEALS => 1033, ALL_SEALS => 1 | 2 | 4 | 8, SEEK_DATA => 3, SEEK_HOLE => 4 };

my ($path) = @ARGV;
my $name = "ram";
my $number = syscall(MEMFD_CREATE, $name, ALLOW_SEALING);
die "memfd_create: $!\n" if $number < 0;
open(my $memory, '+<&=', $number) or die "memory file: $!\n";
open(my $saved, '<', $path) or die "$path: $!\n";
my $size = -s $saved;
truncate($memory, $size) or die "truncate: $!\n";
# All of it is taken now: a page that is not there yet would be taken by the first clone that reads it, and count against the memory of that machine, which has no room for both.
die "memory: $!\n" if syscall(FALLOCATE, $number, 0, 0, $size) < 0;
for (my $at = 0; defined(my $data = sysseek($saved, $at, SEEK_DATA)); ) {
  my $end = sysseek($saved, $data, SEEK_HOLE) // $size;
  sysseek($saved, $data, 0);
  sysseek($memory, $data, 0);
  for (my $left = $end - $data; $left > 0; ) {
    my $read = sysread($saved, my $bytes, $left < 1 << 20 ? $left : 1 << 20);
    die "$path: $!\n" unless $read;
    my $written = syswrite($memory, $bytes);
    die "memory: $!\n" unless defined $written && $written == $read;
    $left -= $read;
  }
  $at = $end;
}
fcntl($memory, ADD_SEALS, ALL_SEALS) or die "seal: $!\n";
$| = 1;
print "$number\n";
<STDIN>;
