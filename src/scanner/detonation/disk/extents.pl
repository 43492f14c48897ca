# Says where a file holds something, as offsets of the first byte and of the byte after the last, a line for each: what lies between are holes, which are not read.
use strict;
use warnings;

use constant { SEEK_DATA => 3, SEEK_HOLE => 4, ENXIO => 6 };

my ($path) = @ARGV;
open(my $file, '<', $path) or die "$path: $!\n";
for (my $at = 0; ; ) {
  my $data = sysseek($file, $at, SEEK_DATA);
  last if !defined($data) && $! + 0 == ENXIO;
  die "data: $!\n" unless defined $data;
  $at = sysseek($file, $data, SEEK_HOLE) // die "hole: $!\n";
  print $data + 0, " $at\n";
}
