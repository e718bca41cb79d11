#!/usr/bin/env bash
# Versions: Doorkeeper 5.5.0 and Rails 6.1.7 (Debian 12). Standard: RFC 9700 §4.14.2 (a refresh issues a new refresh token and
#            invalidates the previous one), RFC 7662. Documentation of Doorkeeper: `use_refresh_token`, `previous_refresh_token`.
# Guess:     with rotation, a refresh ends the old refresh token; at the latest, both old tokens end when the new access token is
#            used for the first time, as the documentation says.
# Behaviour: only a request to the Rails application itself counts as a use. Where a separate resource server introspects the tokens, no use
#            ever happens: the old access token and the old refresh token stay active beside the new ones, and the same refresh
#            token refreshes again and again. One request with the new token to any endpoint of the application, such as
#            `/oauth/token/info`, ends both.
# Output seen: after the refresh: old active, new active; after 3 introspections of the new one: old active; the old refresh token again: 200; after a request to the application with that token: old inactive, the old refresh token again: 400
set -euo pipefail
ruby -r action_controller/railtie -r active_record -r sqlite3 -r doorkeeper -e 1 2> /dev/null || {
  echo 'This needs Doorkeeper: apt-get install --no-install-recommends ruby-doorkeeper=5.5.0-2+deb12u1 ruby-activerecord ruby-sqlite3'
  exit 2
}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W ruby-doorkeeper
cat > site.rb <<'RB'
require 'action_controller/railtie'
require 'active_record'
require 'doorkeeper'
require 'json'
require 'rack/mock'

ActiveRecord::Base.establish_connection(adapter: 'sqlite3', database: 'db')

class Site < Rails::Application
  config.eager_load = false
  config.secret_key_base = 'a secret of this script'
  config.hosts.clear
  config.logger = Logger.new(File::NULL)
end

class ApplicationController < ActionController::Base; end

Doorkeeper.configure do
  orm :active_record
  base_controller 'ApplicationController'
  resource_owner_authenticator { Struct.new(:id).new(7) }
  skip_authorization { true }
  default_scopes :read
  use_refresh_token
  grant_flows %w[authorization_code]
  allow_token_introspection { |_, client, _| client&.uid == 'api' }
end
Site.initialize!
Site.routes.draw { use_doorkeeper }
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :oauth_applications do |t|
    %i[name uid secret scopes].each { |name| t.string name, null: false, default: '' }
    t.text :redirect_uri
    t.boolean :confidential, null: false, default: true
    t.timestamps null: false
  end
  create_table :oauth_access_grants do |t|
    t.references :resource_owner, :application, null: false
    %i[token scopes code_challenge code_challenge_method].each { |name| t.string name }
    t.integer :expires_in, null: false
    t.text :redirect_uri, null: false
    t.datetime :created_at, null: false
    t.datetime :revoked_at
  end
  create_table :oauth_access_tokens do |t|
    t.references :resource_owner, :application
    %i[token refresh_token scopes].each { |name| t.string name }
    t.string :previous_refresh_token, null: false, default: ''
    t.integer :expires_in
    t.datetime :revoked_at
    t.datetime :created_at, null: false
  end
end

REDIRECT = 'https://client.example/callback'
%w[app api].each do |name|
  Doorkeeper::Application.create!(
    name: name, uid: name, secret: "secret-of-#{name}", redirect_uri: REDIRECT, confidential: name == 'api'
  )
end

HTTP = Rack::MockRequest.new(Site)

def post(path, params, headers = {})
  HTTP.post(path, params: params, **headers)
end

def introspect(token)
  basic = { 'HTTP_AUTHORIZATION' => "Basic #{['api:secret-of-api'].pack('m0')}" }
  JSON.parse(post('/oauth/introspect', { token: token }, basic).body)['active'] ? 'active' : 'inactive'
end

def refresh(token)
  post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token, client_id: 'app' })
end

verifier = 'v' * 43
challenge = [Digest::SHA256.digest(verifier)].pack('m0').tr('+/', '-_').delete('=')
query = { client_id: 'app', redirect_uri: REDIRECT, response_type: 'code', code_challenge: challenge, code_challenge_method: 'S256' }
code = HTTP.get("/oauth/authorize?#{query.to_query}").headers['Location'][/code=([^&]+)/, 1]
first = JSON.parse(
  post('/oauth/token', { grant_type: 'authorization_code', code: code, redirect_uri: REDIRECT, client_id: 'app', code_verifier: verifier }).body
)
second = JSON.parse(refresh(first['refresh_token']).body)
seen = ["after the refresh: old #{introspect(first['access_token'])}, new #{introspect(second['access_token'])}"]
3.times { introspect(second['access_token']) }
seen << "after 3 introspections of the new one: old #{introspect(first['access_token'])}"
again = refresh(first['refresh_token'])
seen << "the old refresh token again: #{again.status}"
HTTP.get('/oauth/token/info', 'HTTP_AUTHORIZATION' => "Bearer #{JSON.parse(again.body)['access_token']}")
seen << "after a request to the application with that token: old #{introspect(first['access_token'])}, " \
        "the old refresh token again: #{refresh(first['refresh_token']).status}"
puts "Doorkeeper #{Doorkeeper::VERSION::STRING} Rails #{Rails.version}"
puts seen.join('; ')
RB
ruby site.rb | tee seen.txt
[ "$(tail -n 1 seen.txt)" = 'after the refresh: old active, new active; after 3 introspections of the new one: old active; the old refresh token again: 200; after a request to the application with that token: old inactive, the old refresh token again: 400' ] || { echo 'This has changed.'; exit 1; }
