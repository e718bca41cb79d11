#!/usr/bin/env bash
# Versions: Crypt::JWT 0.034 (Perl), cpp-jwt 1.4 (C++), golang-jwt 4.4.3, ruby-jwt 2.5.0 (Debian 12), jose 6.2.3 and node 24.21.0 (npm). Standard:
#            RFC 7519 §4.1.3 (`aud` "In the general case" is an array; with one audience it MAY be a string). Auth0 issues an array where the scope has
#            `openid`, Keycloak where a token has two audiences.
# Guess:     a library that compares `aud` accepts a string, and an array that contains the expected value.
# Behaviour: `verify_aud` of Crypt::JWT, a string or a regular expression, compares it with the text of the array itself, `aud` of cpp-jwt throws
#            "type conversion error", and `StandardClaims` of golang-jwt cannot be parsed. So the day on which the authorization server
#            adds a second audience, or a client another scope, all new tokens fail at these APIs, though they contain the right audience.
#            Crypt::JWT with a function, and `RegisteredClaims`, accept them.
# Output seen: "api": all accept; ["api"] and ["api","other"]: Crypt::JWT, string rejects, Crypt::JWT, regular expression rejects, Crypt::JWT, function
#              accepts, cpp-jwt rejects, golang-jwt, StandardClaims rejects, golang-jwt, RegisteredClaims accepts, ruby-jwt accepts; ["other"]: all reject
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for needed in perl ruby g++ go openssl /usr/include/jwt/jwt.hpp /usr/include/nlohmann/json.hpp /usr/include/openssl/evp.h /usr/share/gocode/src/github.com/golang-jwt/jwt; do
  command -v $needed > /dev/null || [ -e $needed ] || {
    echo 'This needs apt-get install libcrypt-jwt-perl ruby-jwt libcpp-jwt-dev nlohmann-json3-dev libssl-dev g++ golang-go golang-github-golang-jwt-jwt-dev openssl'
    exit 2
  }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W libcrypt-jwt-perl libcpp-jwt-dev golang-github-golang-jwt-jwt-dev ruby-jwt 2> /dev/null || true
echo 'Installing jose 6.2.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund jose@6.2.3 node@24.21.0 >> install.log 2>&1
cat > verify.pl <<'PERL'
use strict;
use warnings;
use Crypt::JWT qw(decode_jwt);
use Crypt::PK::RSA;

my $key = Crypt::PK::RSA->new('public.pem');
my @ways = (
    ['string', 'api'],
    ['regular expression', qr/^api$/],
    ['function', sub { my ($aud) = @_; grep { $_ eq 'api' } ref $aud ? @$aud : $aud }],
);
for my $way (@ways) {
    my ($name, $expected) = @$way;
    my $good = eval { decode_jwt(token => $ARGV[0], key => $key, accepted_alg => 'RS256', verify_aud => $expected); 1 };
    print "Crypt::JWT, $name ", ($good ? 'accepts' : 'rejects'), "\n";
}
PERL
cat > verify.cpp <<'CPP'
#include <fstream>
#include <iostream>
#include <sstream>

#include <jwt/jwt.hpp>

int main(int, char** arguments) {
  using namespace jwt::params;
  std::ifstream file("public.pem");
  std::stringstream pem;
  pem << file.rdbuf();
  try {
    jwt::decode(std::string(arguments[1]), algorithms({"RS256"}), secret(pem.str()), verify(true), aud("api"));
    std::cout << "cpp-jwt accepts\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    std::cout << "cpp-jwt rejects\n";
  }
}
CPP
cat > verify.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/golang-jwt/jwt"
)

type claims interface {
	jwt.Claims
	VerifyAudience(string, bool) bool
}

func main() {
	pem, _ := os.ReadFile("public.pem")
	key, err := jwt.ParseRSAPublicKeyFromPEM(pem)
	if err != nil {
		panic(err)
	}
	verify := func(name string, into claims) {
		_, err := jwt.ParseWithClaims(os.Args[1], into, func(*jwt.Token) (interface{}, error) { return key, nil })
		if err == nil && into.VerifyAudience("api", true) {
			fmt.Printf("golang-jwt, %s accepts\n", name)
			return
		}
		fmt.Fprintln(os.Stderr, err)
		fmt.Printf("golang-jwt, %s rejects\n", name)
	}
	verify("StandardClaims", &jwt.StandardClaims{})
	verify("RegisteredClaims", &jwt.RegisteredClaims{})
}
GO
cat > verify.rb <<'RUBY'
require 'jwt'

key = OpenSSL::PKey::RSA.new(File.read('public.pem'))
begin
  JWT.decode(ARGV[0], key, true, algorithm: 'RS256', aud: 'api', verify_aud: true)
  puts 'ruby-jwt accepts'
rescue JWT::DecodeError => error
  warn error.message
  puts 'ruby-jwt rejects'
end
RUBY
cat > sign.mjs <<'JS'
import { writeFileSync } from 'node:fs'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
writeFileSync('public.pem', await exportSPKI(publicKey))
for (const aud of process.argv.slice(2).map((text) => JSON.parse(text))) {
  const token = new SignJWT({ aud, sub: 'user' }).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).setIssuedAt('1 minute ago').setExpirationTime('1h')
  console.log(await token.sign(privateKey))
}
JS
g++ -std=c++14 -w verify.cpp -o verify-cpp -lssl -lcrypto
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go" go build -o verify-go verify.go
audiences=('"api"' '["api"]' '["api","other"]' '["other"]')
mapfile -t tokens < <(node_modules/.bin/node sign.mjs "${audiences[@]}")
ask() { perl verify.pl "$1" && ./verify-cpp "$1" && ./verify-go "$1" && ruby verify.rb "$1"; }
seen=$(for each in 0 1 2 3; do
  said=$(ask "${tokens[$each]}" 2>> errors.log | paste -sd, | sed 's/,\([^ ]\)/, \1/g')
  case $said in
    *accepts*rejects* | *rejects*accepts*) ;;
    *accepts*) said='all accept' ;;
    *) said='all reject' ;;
  esac
  echo "${audiences[$each]}: $said"
done)
echo "$seen"
mixed='Crypt::JWT, string rejects, Crypt::JWT, regular expression rejects, Crypt::JWT, function accepts, cpp-jwt rejects, golang-jwt, StandardClaims rejects, golang-jwt, RegisteredClaims accepts, ruby-jwt accepts'
[ "$seen" = "\"api\": all accept
[\"api\"]: $mixed
[\"api\",\"other\"]: $mixed
[\"other\"]: all reject" ] || { echo 'This has changed.'; exit 1; }
