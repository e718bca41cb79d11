# Doorkeeper with doorkeeper-openid_connect in a Rails application of one file. Its first line of output is the port.

require 'action_controller/railtie'
require 'active_record'
require 'doorkeeper'
require 'doorkeeper/openid_connect'
require 'rack/handler/webrick'
require 'socket'

redirect_uri, database = ARGV
port = Addrinfo.tcp('127.0.0.1', 0).bind { |socket| socket.local_address.ip_port }
ActiveRecord::Base.establish_connection(adapter: 'sqlite3', database: database)

# The application: no pages, one user who has always logged in.
class Site < Rails::Application
  config.eager_load = false
  config.secret_key_base = 'a secret of this test'
  config.hosts.clear
  config.logger = Logger.new(File::NULL)
end

class ApplicationController < ActionController::Base; end

USER = Struct.new(:id).new(7)

Doorkeeper.configure do
  orm :active_record
  base_controller 'ApplicationController'
  resource_owner_authenticator { USER }
  skip_authorization { true }
  default_scopes :'notes:read'
  optional_scopes :openid, :'notes:write'
  use_refresh_token
  grant_flows %w[authorization_code client_credentials]
  allow_token_introspection do |token, client, _|
    client&.uid == 'notes' || (token && client && token.application == client)
  end
  # Only for tokens with this scope, so that a test sees both.
  custom_introspection_response do |token, _|
    token.scopes.exists?('openid') ? { sub: token.resource_owner_id.to_s } : {}
  end
end

Doorkeeper::OpenidConnect.configure do
  issuer "http://127.0.0.1:#{port}"
  signing_key OpenSSL::PKey::RSA.new(2048).to_pem
  subject_types_supported [:public]
  resource_owner_from_access_token { |_| USER }
  auth_time_from_resource_owner { |_| Time.now }
  subject { |owner, _| owner.id.to_s }
end

Site.initialize!
Site.routes.draw do
  use_doorkeeper
  use_doorkeeper_openid_connect
end

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :oauth_applications do |t|
    %i[name uid secret].each { |name| t.string name, null: false }
    t.text :redirect_uri
    t.string :scopes, null: false, default: ''
    t.boolean :confidential, null: false, default: true
    t.timestamps null: false
  end
  create_table :oauth_access_grants do |t|
    t.references :resource_owner, :application, null: false
    t.string :token, null: false
    t.integer :expires_in, null: false
    t.text :redirect_uri, null: false
    t.datetime :created_at, null: false
    t.datetime :revoked_at
    %i[scopes code_challenge code_challenge_method].each { |name| t.string name }
  end
  create_table :oauth_access_tokens do |t|
    t.references :resource_owner
    t.references :application, null: false
    t.string :token, null: false
    t.integer :expires_in
    t.datetime :revoked_at
    t.datetime :created_at, null: false
    %i[refresh_token scopes].each { |name| t.string name }
    t.string :previous_refresh_token, null: false, default: ''
  end
  create_table :oauth_openid_requests do |t|
    t.references :access_grant, null: false
    t.string :nonce, null: false
  end
end

%w[app notes stranger].each do |name|
  Doorkeeper::Application.create!(
    name: name,
    uid: name,
    secret: "secret-of-#{name}",
    redirect_uri: redirect_uri,
    confidential: name != 'app',
    scopes: 'openid notes:read notes:write'
  )
end

$stdout.puts port
$stdout.flush
quiet = { AccessLog: [], Logger: WEBrick::Log.new(File::NULL) }
Rack::Handler::WEBrick.run(Site, Host: '127.0.0.1', Port: port, **quiet)
