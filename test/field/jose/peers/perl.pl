# Crypt::JWT. The job is JSON on the standard input.

use strict;
use warnings;
use Crypt::JWT qw(decode_jwt encode_jwt);
use Crypt::PK::ECC;
use Crypt::PK::Ed25519;
use Crypt::PK::RSA;
use Digest::SHA qw(sha256);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);

my %curves = (ES256 => 'secp256r1', ES384 => 'secp384r1', ES512 => 'secp521r1');
my $json = JSON::PP->new->utf8;

sub generate {
    my ($alg) = @_;
    my $key = $curves{$alg} ? Crypt::PK::ECC->new : $alg eq 'EdDSA' ? Crypt::PK::Ed25519->new : Crypt::PK::RSA->new;
    $key->generate_key($curves{$alg} ? $curves{$alg} : $alg eq 'EdDSA' ? () : 256);
    return $key;
}

sub sign {
    my ($key, $header, $claims) = @_;
    my $private = $json->decode($key->export_key_jwk('private'));
    return encode_jwt(payload => $claims, key => $private, alg => $header->{alg}, extra_headers => $header);
}

sub mint {
    my ($alg, $kid, $claims) = @_;
    my $key = generate($alg);
    my $public = { %{ $json->decode($key->export_key_jwk('public')) }, kid => $kid };
    my $head = { alg => $alg, typ => 'at+jwt', kid => $kid };
    my $minted = { alg => $alg, public => $public, token => sign($key, $head, $claims->{token}) };
    # CryptX has none for Ed25519.
    return $minted unless $key->can('export_key_jwk_thumbprint');
    my $jkt = $key->export_key_jwk_thumbprint('SHA256');
    my $bound = sign($key, $head, { %{ $claims->{token} }, cnf => { jkt => $jkt } });
    my $proof = { %{ $claims->{proof} }, ath => encode_base64url(sha256($bound)) };
    my $proof_head = { alg => $alg, typ => 'dpop+jwt', jwk => $public };
    return { %$minted, bound => $bound, proof => sign($key, $proof_head, $proof) };
}

sub verifies {
    my ($case) = @_;
    my $claims = eval { decode_jwt(token => $case->{token}, key => $case->{jwk}, accepted_alg => $case->{alg}) };
    return defined $claims ? JSON::PP::true : JSON::PP::false;
}

my $job = $json->decode(do { local $/; <STDIN> });
my $count = 0;
print $json->encode({
    minted => [map { mint($_, $_ . '-' . $count++, $job->{claims}) } @{ $job->{algorithms} }],
    verified => [map { verifies($_) } @{ $job->{cases} }],
});
