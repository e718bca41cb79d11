#!/usr/bin/env bash
# Versions: Iddawc 1.1.8 with libcurl 7.88.1 (Debian 12), node 24.21.0 (npm). Standards: RFC 9449 §9 (a resource server demands a nonce by
#            401 `use_dpop_nonce`, and gives it in `DPoP-Nonce`), RFC 9110 §5.1 (names of fields are case-insensitive).
# Guess:     a client that takes the nonce from the 401 and succeeds with its second request does so over every version of
#            HTTP: the handler of the server, the library below and the program stay the same.
# Behaviour: over HTTP/1.1 the second request has the nonce. Over HTTP/2, which libcurl chooses by itself where TLS offers it, no
#            request ever has one: names are in lower case there, and Iddawc looks for `DPoP-Nonce` in a case-sensitive
#            map. Every call is 401, with a fresh nonce each time. So a client stops working when a proxy turns HTTP/2 on, and
#            over HTTP/1.1 at a server whose runtime writes names in lower case, as those with Fetch's `Headers` do.
# Output seen: DPoP-Nonce over HTTP/1.1: 401 200 200; over HTTP/2: 401 401 401; dpop-nonce over HTTP/1.1: 401 401 401
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
[ -e /usr/include/iddawc.h ] || { echo 'This needs apt-get install gcc libiddawc-dev'; exit 2; }
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
dpkg-query -W libiddawc-dev libcurl3-gnutls 2> /dev/null || true
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 2 2> /dev/null
cat > server.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:https'

const tls = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') }
// One handler. Each proof must contain the nonce of the response before it.
const handle = (name) => {
  let nonce = 0
  return (request, response) => {
    const [, payload = ''] = (request.headers.dpop ?? '').split('.')
    const proof = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}')
    const isGood = nonce > 0 && proof.nonce === `nonce-${nonce}`
    nonce += 1
    response.setHeader(name, `nonce-${nonce}`)
    if (!isGood) response.setHeader('WWW-Authenticate', 'DPoP error="use_dpop_nonce"')
    response.writeHead(isGood ? 200 : 401)
    response.end(`HTTP/${request.httpVersion}`)
  }
}
const servers = [
  createServer(tls, handle('DPoP-Nonce')),
  createSecureServer({ ...tls, allowHTTP1: true }, handle('DPoP-Nonce')),
  createServer(tls, handle('dpop-nonce')),
]
for (const server of servers) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
console.log(servers.map((server) => server.address().port).join(' '))
JS
cat > client.c <<'C'
#include <iddawc.h>
#include <stdio.h>

int main(int argc, char **argv) {
    struct _i_session session;
    jwk_t *key, *public;
    if (argc < 2) return 2;
    i_global_init();
    i_init_session(&session);
    r_jwk_init(&key);
    r_jwk_init(&public);
    r_jwk_generate_key_pair(key, public, R_KEY_TYPE_EC, 256, "key-1");
    r_jwks_append_jwk(session.client_jwks, key);
    i_set_parameter_list(&session, I_OPT_ACCESS_TOKEN, "token-1", I_OPT_USE_DPOP, 1, I_OPT_DPOP_SIGN_ALG, "ES256",
                         I_OPT_DPOP_KID, "key-1", I_OPT_REMOTE_CERT_FLAG, I_REMOTE_VERIFY_NONE, I_OPT_NONE);
    for (int call = 0; call < 3; call++) {
        struct _u_request request;
        struct _u_response response;
        ulfius_init_request(&request);
        ulfius_init_response(&response);
        ulfius_set_request_properties(&request, U_OPT_HTTP_VERB, "GET", U_OPT_HTTP_URL, argv[1], U_OPT_CHECK_SERVER_CERTIFICATE, 0, U_OPT_NONE);
        i_set_int_parameter(&session, I_OPT_TOKEN_JTI_GENERATE, 16);
        i_perform_resource_service_request(&session, &request, &response, 0, I_BEARER_TYPE_HEADER, 1, 0);
        fprintf(stderr, "%ld over %.*s\n", response.status, (int)response.binary_body_length, (char *)response.binary_body);
        printf("%s%ld", call ? " " : "", response.status);
    }
    return 0;
}
C
gcc -o client client.c -liddawc -lrhonabwy -lulfius
node server.mjs > ports &
until [ -s ports ]; do sleep 0.1; done
read -r plain second lower < ports
seen="DPoP-Nonce over HTTP/1.1: $(./client "https://127.0.0.1:$plain/"); over HTTP/2: $(./client "https://127.0.0.1:$second/"); dpop-nonce over HTTP/1.1: $(./client "https://127.0.0.1:$lower/")"
echo "$seen"
[ "$seen" = 'DPoP-Nonce over HTTP/1.1: 401 200 200; over HTTP/2: 401 401 401; dpop-nonce over HTTP/1.1: 401 401 401' ] || { echo 'This has changed.'; exit 1; }
