# ruby-jwt and json-jwt. The first argument names one; the job is JSON on the standard input.

require 'base64'
require 'digest'
require 'json'
require 'openssl'

CURVES = { 'ES256' => 'prime256v1', 'ES384' => 'secp384r1', 'ES512' => 'secp521r1' }.freeze

def pair(alg)
  CURVES.key?(alg) ? OpenSSL::PKey::EC.generate(CURVES[alg]) : OpenSSL::PKey::RSA.new(2048)
end

# Names its keys itself. It has no thumbprints.
class RubyJwt
  def initialize
    require 'jwt'
  end

  def generate(alg)
    key = pair(alg)
    jwk = JWT::JWK.new(key)
    [key, jwk.export, jwk.kid, nil]
  end

  def sign(key, header, claims)
    JWT.encode(claims, key, header['alg'], header)
  end

  def verify(jwk, alg, token)
    JWT.decode(token, JWT::JWK.import(jwk).keypair, true, { algorithm: alg })
  end
end

# Names its keys by their thumbprint.
class JsonJwt
  def initialize
    require 'json/jwt'
  end

  def generate(alg)
    key = pair(alg)
    jwk = JSON::JWK.new(OpenSSL::PKey.read(key.public_to_pem))
    [key, jwk, jwk['kid'], jwk.thumbprint]
  end

  def sign(key, header, claims)
    token = JSON::JWT.new(claims)
    token.header.merge!(header)
    token.sign(key, header['alg'].to_sym).to_s
  end

  def verify(jwk, alg, token)
    JSON::JWT.decode(token, JSON::JWK.new(jwk), alg.to_sym)
  end
end

def mint(library, alg, claims)
  key, public, kid, thumbprint = library.generate(alg)
  head = { 'alg' => alg, 'typ' => 'at+jwt', 'kid' => kid }
  minted = { alg: alg, public: public, token: library.sign(key, head, claims['token']) }
  return minted if thumbprint.nil?

  bound = library.sign(key, head, claims['token'].merge('cnf' => { 'jkt' => thumbprint }))
  ath = Base64.urlsafe_encode64(Digest::SHA256.digest(bound), padding: false)
  head = { 'alg' => alg, 'typ' => 'dpop+jwt', 'jwk' => public }
  proof = library.sign(key, head, claims['proof'].merge('ath' => ath))
  minted.merge(bound: bound, proof: proof)
end

def verifies?(library, test)
  library.verify(test['jwk'], test['alg'], test['token'])
  true
rescue StandardError
  false
end

job = JSON.parse($stdin.read)
library = { 'ruby-jwt' => RubyJwt, 'json-jwt' => JsonJwt }.fetch(ARGV[0]).new
puts JSON.generate(
  minted: job['algorithms'].map { |alg| mint(library, alg, job['claims']) },
  verified: job['cases'].map { |test| verifies?(library, test) }
)
