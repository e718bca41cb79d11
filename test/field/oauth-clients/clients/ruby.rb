# oauth2 and rack-oauth2 as clients. The first argument names one, the second is the job.

require 'json'
require 'uri'

library, text = ARGV
job = JSON.parse(text)
extra = { code_challenge: job['challenge'], code_challenge_method: 'S256', resource: job['resource'], state: 'state-1' }
first = { code_verifier: job['verifier'], resource: job['resource'] }
$stdout.sync = true

def code_of(line)
  URI.decode_www_form(URI(line.strip).query).to_h.fetch('code')
end

begin
  if library == 'oauth2'
    require 'oauth2'
    client = OAuth2::Client.new(job['client'], job['secret'], site: job['issuer'], authorize_url: '/authorize', token_url: '/token')
    puts client.auth_code.authorize_url(redirect_uri: job['redirect'], scope: job['scope'], **extra)
    before = client.auth_code.get_token(code_of($stdin.gets), redirect_uri: job['redirect'], **first)
    tokens = [before, before.refresh!].map(&:to_hash)
  else
    require 'rack/oauth2'
    client = Rack::OAuth2::Client.new(
      identifier: job['client'], secret: job['secret'], redirect_uri: job['redirect'],
      authorization_endpoint: "#{job['issuer']}/authorize", token_endpoint: "#{job['issuer']}/token"
    )
    puts client.authorization_uri(scope: job['scope'], **extra)
    client.authorization_code = code_of($stdin.gets)
    before = client.access_token!(**first)
    client.refresh_token = before.refresh_token
    tokens = [before, client.access_token!].map(&:raw_attributes)
  end
  puts JSON.generate(tokens)
rescue StandardError => e
  puts JSON.generate(e.message)
end
