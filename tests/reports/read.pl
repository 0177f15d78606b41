# Reads TAP with the harness of Perl. Prints "FILE failed NUMBER of NUMBER" for each file, or what is
# wrong with it.
use strict;
use warnings;
use TAP::Parser;

for my $file (@ARGV) {
    open my $handle, '<:encoding(UTF-8)', $file or die "$file: $!\n";
    my $tap = do { local $/; <$handle> };
    # Releases before 3.48 know 13 only, of which this is a subset.
    $tap =~ s/\ATAP version 14$/TAP version 13/m if $TAP::Parser::VERSION < 3.48;
    my $parser = TAP::Parser->new({ tap => $tap });
    while (my $result = $parser->next) {
        die "$file: unknown: " . $result->as_string . "\n" if $result->is_unknown;
        die "$file: " . $result->as_string . "\n" if $result->is_bailout;
    }
    die "$file: " . join('; ', $parser->parse_errors) . "\n" if $parser->parse_errors;
    printf "%s failed %d of %d\n", $file, scalar $parser->failed, $parser->tests_run;
}
