#!/usr/bin/env escript
%% erlang-jose with jiffy. The job is JSON on the standard input.

main(_) ->
  {ok, _} = application:ensure_all_started(jose),
  jose:json_module(jose_json_jiffy),
  Job = jiffy:decode(read([]), [return_maps]),
  #{<<"algorithms">> := Algorithms, <<"claims">> := Claims, <<"cases">> := Cases} = Job,
  Named = lists:zip(Algorithms, lists:seq(1, length(Algorithms))),
  Minted = [mint(Alg, name(Alg, Number), Claims) || {Alg, Number} <- Named],
  Out = #{minted => Minted, verified => [verifies(Case) || Case <- Cases]},
  io:put_chars([jiffy:encode(Out), $\n]).

read(Lines) ->
  case io:get_line("") of
    eof -> unicode:characters_to_binary(lists:reverse(Lines));
    Line -> read([Line | Lines])
  end.

name(Alg, Number) -> <<Alg/binary, $-, (integer_to_binary(Number))/binary>>.

generate(<<"ES256">>) -> {ec, <<"P-256">>};
generate(<<"ES384">>) -> {ec, <<"P-384">>};
generate(<<"ES512">>) -> {ec, <<"P-521">>};
generate(<<"E", _/binary>>) -> {okp, 'Ed25519'};
generate(_) -> {rsa, 2048}.

mint(Alg, Kid, #{<<"token">> := Token, <<"proof">> := Proof}) ->
  Key = jose_jwk:generate_key(generate(Alg)),
  {_, Public} = jose_jwk:to_public_map(Key),
  Named = Public#{<<"kid">> => Kid},
  Head = #{<<"alg">> => Alg, <<"typ">> => <<"at+jwt">>, <<"kid">> => Kid},
  Bound = sign(Key, Head, Token#{<<"cnf">> => #{<<"jkt">> => jose_jwk:thumbprint(Key)}}),
  Ath = jose_base64url:encode(crypto:hash(sha256, Bound)),
  ProofHead = #{<<"alg">> => Alg, <<"typ">> => <<"dpop+jwt">>, <<"jwk">> => Public},
  #{
    alg => Alg,
    public => Named,
    token => sign(Key, Head, Token),
    bound => Bound,
    proof => sign(Key, ProofHead, Proof#{<<"ath">> => Ath})
  }.

sign(Key, Head, Claims) ->
  {_, Compact} = jose_jws:compact(jose_jwt:sign(Key, Head, Claims)),
  Compact.

verifies(#{<<"jwk">> := Public, <<"alg">> := Alg, <<"token">> := Token}) ->
  try jose_jwt:verify_strict(jose_jwk:from_map(Public), [Alg], Token) of
    {Valid, _, _} -> Valid
  catch
    _:_ -> false
  end.
