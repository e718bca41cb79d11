#!/usr/bin/env bash
# Versions: LemonLDAP::NG 2.16.1 (Debian 12). Standard: RFC 7662 §2.2 (`sub`: the subject of the token), RFC 9068 §2.2.
# Guess:     the `sub` of a token belongs to the token: its JWT, its ID token and every introspection of it name the same user.
# Behaviour: introspection names the user by the attribute that is configured for the introspecting client. The JWT of `app` has
#            `sub: dwho`; introspected by one API its `sub` is `dwho`, by another one, whose attribute is the mail address,
#            `dwho@badwolf.org`. In the other direction, an application whose ID token has the address is introspected as
#            `dwho`. Sessions, revocations and audit records that compare the two see two users.
# Output seen: JWT of app: dwho; app's token asked by api: dwho; by mailer: dwho@badwolf.org; ID token of mailer: dwho@badwolf.org; mailer's token asked by api: dwho
set -euo pipefail
perl -MLemonldap::NG::Portal::Main -MPlack -MString::Random -MIO::String -e 1 2> /dev/null || {
  echo 'This needs LemonLDAP::NG: apt-get install --no-install-recommends liblemonldap-ng-portal-perl=2.16.1+ds-deb12u10 libplack-perl libstring-random-perl libio-string-perl'
  exit 2
}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W liblemonldap-ng-portal-perl
mkdir -p conf sessions/lock persistent/lock cache lib
openssl genrsa -traditional -out key.pem 2048 2> /dev/null
openssl rsa -in key.pem -pubout -out public.pem 2> /dev/null
# The portal loads a captcha at its start, and its own one needs two graphics libraries.
printf 'package NoCaptcha;\nuse Mouse;\nextends "Lemonldap::NG::Portal::Main::Plugin";\nsub init { 1 }\n1;\n' > lib/NoCaptcha.pm
cat > lemonldap-ng.ini <<INI
[all]
logLevel = error
[configuration]
type = File
dirName = $work/conf
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'conf', 'cache_root' => '$work/cache', 'cache_depth' => 3, 'directory_umask' => '007' }
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
INI
cat > ask.pl <<'PL'
use strict;
use warnings;
use lib 'lib';
use Cwd;
use Digest::SHA qw(sha256);
use HTTP::Request::Common;
use JSON;
use MIME::Base64 qw(decode_base64url encode_base64 encode_base64url);
use Plack::Test;
use URI;

my $work = getcwd;
my $redirect = 'https://client.example/callback';
my $portal = 'http://auth.example.com/';
my $read = sub { local (@ARGV, $/) = @_; <> };
my $storage = sub {
    return { Directory => "$work/$_[0]", LockDirectory => "$work/$_[0]/lock", generateModule => 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256' };
};
my $client = sub {
    my ($name, %more) = @_;
    my %options = (ClientID => $name, ClientSecret => "secret-of-$name", RedirectUris => $redirect, BypassConsent => 1, IDTokenSignAlg => 'RS256', %more);
    return { map { ("oidcRPMetaDataOptions$_" => $options{$_}) } keys %options };
};
my $conf = {
    %{ decode_json($read->('/var/lib/lemonldap-ng/conf/lmConf-1.json')) },
    portal => $portal,
    globalStorageOptions => $storage->('sessions'),
    persistentStorageOptions => $storage->('persistent'),
    localSessionStorageOptions => { cache_root => "$work/cache", cache_depth => 3, directory_umask => '007', namespace => 'sessions' },
    requireToken => 0,
    captcha => 'NoCaptcha',
    registerDB => 'Null',
    passwordDB => 'Null',
    issuerDBOpenIDConnectActivation => 1,
    oidcServicePrivateKeySig => $read->('key.pem'),
    oidcServicePublicKeySig => $read->('public.pem'),
    oidcServiceAllowAuthorizationCodeFlow => 1,
    oidcRPMetaDataOptions => {
        app => $client->('app', AccessTokenJWT => 1, AccessTokenSignAlg => 'RS256'),
        api => $client->('api'),
        mailer => $client->('mailer', UserIDAttr => 'mail'),
    },
    oidcRPMetaDataExportedVars => { app => {}, api => {}, mailer => {} },
};
open my $file, '>', 'conf/lmConf-1.json' or die;
print $file encode_json($conf);
close $file;

require Lemonldap::NG::Portal::Main;
my $test = Plack::Test->create(Lemonldap::NG::Portal::Main->run({}));
my $cookie = '';

sub ask {
    my ($request) = @_;
    $request->header(Host => 'auth.example.com');
    return $test->request($request);
}

sub browse {
    my ($request) = @_;
    $request->header(Cookie => $cookie);
    my $response = ask($request);
    for ($response->header('Set-Cookie')) { $cookie = $1 if /^(lemonldap=[^;]+)/ }
    return $response;
}

sub basic { return (Authorization => 'Basic ' . encode_base64("$_[0]:secret-of-$_[0]", '')) }

sub log_in {
    my ($name) = @_;
    my $url = URI->new("${portal}oauth2/authorize");
    $url->query_form(client_id => $name, redirect_uri => $redirect, response_type => 'code', scope => 'openid', state => 's');
    my $response = browse($cookie ? GET($url, Accept => 'text/html') : POST($url, [user => 'dwho', password => 'dwho'], Accept => 'text/html'));
    for (1 .. 4) {
        my $next = $response->header('Location') or last;
        last if index($next, $redirect) == 0;
        $response = browse(GET($next, Accept => 'text/html'));
    }
    my %back = URI->new($response->header('Location') // die $response->as_string)->query_form;
    my $form = [grant_type => 'authorization_code', code => $back{code}, redirect_uri => $redirect];
    return decode_json(ask(POST("${portal}oauth2/token", $form, basic($name)))->content);
}

sub introspect {
    my ($token, $name) = @_;
    return decode_json(ask(POST("${portal}oauth2/introspect", [token => $token], basic($name)))->content)->{sub};
}

sub sub_of { return decode_json(decode_base64url((split /\./, $_[0])[1]))->{sub} }

my $app = log_in('app');
my $mailer = log_in('mailer');
print join('; ',
    'JWT of app: ' . sub_of($app->{access_token}),
    'app\'s token asked by api: ' . introspect($app->{access_token}, 'api'),
    'by mailer: ' . introspect($app->{access_token}, 'mailer'),
    'ID token of mailer: ' . sub_of($mailer->{id_token}),
    'mailer\'s token asked by api: ' . introspect($mailer->{access_token}, 'api')), "\n";
PL
seen=$(LLNG_DEFAULTCONFFILE="$work/lemonldap-ng.ini" perl ask.pl 2> errors.txt) || { tail -5 errors.txt; exit 1; }
echo "$seen"
[ "$seen" = "JWT of app: dwho; app's token asked by api: dwho; by mailer: dwho@badwolf.org; ID token of mailer: dwho@badwolf.org; mailer's token asked by api: dwho" ] || { echo 'This has changed.'; exit 1; }
