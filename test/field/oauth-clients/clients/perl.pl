# Net::OAuth2 as a client. The argument is the job.

use strict;
use warnings;
use JSON::PP;
use Net::OAuth2::Profile::WebServer;
use URI;

$| = 1;
# It warns about a client without a secret.
local $SIG{__WARN__} = sub { };
my $json = JSON::PP->new->utf8->allow_nonref;
my $job = $json->decode($ARGV[0]);
my $profile = Net::OAuth2::Profile::WebServer->new(
    site => $job->{issuer}, authorize_path => '/authorize', access_token_path => '/token', refresh_token_path => '/token',
    client_id => $job->{client}, client_secret => $job->{secret}, redirect_uri => $job->{redirect}, scope => $job->{scope},
);
my $url = URI->new($profile->authorize(state => 'state-1'));
$url->query_form($url->query_form, code_challenge => $job->{challenge}, code_challenge_method => 'S256', resource => $job->{resource});
print "$url\n";
my %back = URI->new(scalar <STDIN>)->query_form;
$back{code} =~ s/\s+$//;
my $result = eval {
    my $token = $profile->get_access_token($back{code}, code_verifier => $job->{verifier}, resource => $job->{resource});
    my $before = { access_token => $token->access_token, refresh_token => $token->refresh_token };
    $profile->update_access_token($token);
    [$before, { access_token => $token->access_token, refresh_token => $token->refresh_token }];
};
print $json->encode($result // "$@"), "\n";
