#!/usr/bin/env bash
# Versions: erlang-jose 1.11.5 with Erlang/OTP 25 (Debian 12), node 24.21.0 and jose 6.2.3 (npm).
#            Standard: RFC 7518 §3.5 (the salt of PS256 is as long as the hash: 32 bytes).
# Guess:     PS256 is one algorithm: what one library signs with an RSA key, every other one verifies.
# Behaviour: erlang-jose signs with the longest salt that the key allows, 222 bytes with 2,048 bits, and verifies any length.
#            So it round-trips with itself, and verifies tokens of others. WebCrypto, jose, jwcrypto, PyJWT and Authlib
#            reject each of its tokens as forged; verifiers that detect the length, such as OpenSSL's default and Go's, accept them.
#            Nothing in the token or the key says which. RS256 with the same key passes everywhere.
# Output seen: RS256 jose true; PS256 own true, jose false, salt 222; PS384 own true, jose false, salt 206; PS512 own true, jose false, salt 190; PS256 by jose: erlang-jose true
set -euo pipefail
erl -noshell -eval 'halt(case [code:which(M) || M <- [jose, jiffy]] of [[_|_], [_|_]] -> 0; _ -> 1 end).' 2> /dev/null || {
  echo 'This needs erlang-jose: apt-get install --no-install-recommends erlang-base erlang-jose erlang-jiffy'
  exit 2
}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W erlang-jose 2> /dev/null || true
echo 'Installing node 24.21.0 and jose 6.2.3'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 jose@6.2.3 >> install.log 2>&1
cat > sign.escript <<'ERL'
#!/usr/bin/env escript
main([Pem]) ->
  start(),
  Key = jose_jwk:from_pem_file(Pem),
  lists:foreach(fun(Alg) ->
    {_, Token} = jose_jws:compact(jose_jwt:sign(Key, #{<<"alg">> => Alg}, #{<<"sub">> => <<"user">>})),
    {Own, _, _} = jose_jwt:verify_strict(jose_jwk:to_public(Key), [Alg], Token),
    io:format("~s ~s ~s~n", [Alg, Own, Token])
  end, [<<"RS256">>, <<"PS256">>, <<"PS384">>, <<"PS512">>]);
main([Pem, Token]) ->
  start(),
  {Valid, _, _} = jose_jwt:verify_strict(jose_jwk:from_pem_file(Pem), [<<"PS256">>], list_to_binary(Token)),
  io:format("~s", [Valid]).
start() ->
  {ok, _} = application:ensure_all_started(jose),
  jose:json_module(jose_json_jiffy).
ERL
cat > ask.mjs <<'JS'
import { execFileSync } from 'node:child_process'
import { constants, generateKeyPairSync, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { CompactSign, compactVerify } from 'jose'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
writeFileSync('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }))
const erlang = (...argv) => execFileSync('escript', ['sign.escript', 'key.pem', ...argv], { encoding: 'utf8' })
const seen = []
for (const line of erlang().trim().split('\n')) {
  const [alg, own, token] = line.split(' ')
  const isGood = await compactVerify(token, publicKey).then(() => true, () => false)
  const [head, payload, signature] = token.split('.')
  const hasSalt = (saltLength) =>
    verify(
      `sha${alg.slice(2)}`,
      Buffer.from(`${head}.${payload}`),
      { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
      Buffer.from(signature, 'base64url'),
    )
  const salt = [20, 32, 48, 64, 190, 206, 222].find(hasSalt)
  seen.push(alg === 'RS256' ? `RS256 jose ${isGood}` : `${alg} own ${own}, jose ${isGood}, salt ${salt}`)
}
const token = await new CompactSign(Buffer.from('{"sub":"user"}')).setProtectedHeader({ alg: 'PS256' }).sign(privateKey)
seen.push(`PS256 by jose: erlang-jose ${erlang(token)}`)
console.log(seen.join('; '))
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node ask.mjs)
echo "$seen"
[ "$seen" = 'RS256 jose true; PS256 own true, jose false, salt 222; PS384 own true, jose false, salt 206; PS512 own true, jose false, salt 190; PS256 by jose: erlang-jose true' ] || { echo 'This has changed.'; exit 1; }
