/**
 * Checks the types of members as the official SDK clients do. They validate a whole document by a schema
 * and discard it if one member of it does not fit, also members that they do not use.
 */

import { isTextList, type JsonObject } from '../../lib/json.ts'
import { parseUrl } from '../../lib/safe-url.ts'
import type { Evidence, ServerEvidence } from '../evidence.ts'
import { allClients, type Check, type CheckResult, error, pass } from '../finding.ts'

type Kind = 'url' | 'text' | 'list' | 'boolean'
/** The kind of each member, by its name. */
type Schema = Readonly<Record<string, Kind>>

const MEANS = allClients('It discards the whole document, and reports that it is invalid.')

export const CLIENT_SCHEMAS: readonly Check<Evidence>[] = [
  {
    id: 'metadata-types',
    area: 'Protected resource metadata',
    spec: 'RFC 9728 §2, §3.2',
    means: MEANS,
    remedy:
      'Send absolute URLs, lists of strings and booleans as RFC 9728 §2 defines them, and omit members without a value.',
    evaluate: ({ found }) =>
      found && checkTypes(found.document, RESOURCE_SCHEMA, [], RESOURCE_NAMES),
  },
]

export const CLIENT_SERVER_SCHEMAS: readonly Check<ServerEvidence>[] = [
  {
    id: 'server-types',
    area: 'Authorization server',
    spec: 'RFC 8414 §2, §3.2; OpenID Connect Discovery §3',
    means: MEANS,
    remedy:
      'Send absolute URLs, lists of strings and booleans, omit members without a value, and publish the members that each kind of document requires.',
    evaluate: checkServer,
  },
]

/** Without `resource`, `scopes_supported` and `bearer_methods_supported`, which have checks of their own. */
const RESOURCE_SCHEMA: Schema = {
  jwks_uri: 'url',
  resource_signing_alg_values_supported: 'list',
  resource_name: 'text',
  resource_documentation: 'text',
  resource_policy_uri: 'url',
  resource_tos_uri: 'url',
  tls_client_certificate_bound_access_tokens: 'boolean',
  authorization_details_types_supported: 'list',
  dpop_signing_alg_values_supported: 'list',
  dpop_bound_access_tokens_required: 'boolean',
}

/** Names that look like a member of RFC 9728. Clients ignore them. */
const RESOURCE_NAMES: Readonly<Record<string, string>> = {
  authorization_server: 'authorization_servers',
  authorizationServers: 'authorization_servers',
  scopes: 'scopes_supported',
  resource_url: 'resource',
}

const OAUTH_SCHEMA: Schema = {
  authorization_endpoint: 'url',
  token_endpoint: 'url',
  registration_endpoint: 'url',
  revocation_endpoint: 'url',
  service_documentation: 'url',
  introspection_endpoint: 'text',
  scopes_supported: 'list',
  response_types_supported: 'list',
  response_modes_supported: 'list',
  grant_types_supported: 'list',
  token_endpoint_auth_methods_supported: 'list',
  token_endpoint_auth_signing_alg_values_supported: 'list',
  revocation_endpoint_auth_methods_supported: 'list',
  introspection_endpoint_auth_methods_supported: 'list',
  code_challenge_methods_supported: 'list',
  client_id_metadata_document_supported: 'boolean',
}

const OPENID_SCHEMA: Schema = {
  ...OAUTH_SCHEMA,
  jwks_uri: 'url',
  userinfo_endpoint: 'url',
  op_policy_uri: 'url',
  op_tos_uri: 'url',
  service_documentation: 'text',
  subject_types_supported: 'list',
  id_token_signing_alg_values_supported: 'list',
  acr_values_supported: 'list',
  claims_supported: 'list',
  ui_locales_supported: 'list',
  claims_parameter_supported: 'boolean',
  request_parameter_supported: 'boolean',
  request_uri_parameter_supported: 'boolean',
  require_request_uri_registration: 'boolean',
}

const OAUTH_REQUIRED = ['authorization_endpoint', 'token_endpoint', 'response_types_supported']
const OPENID_REQUIRED = [
  ...OAUTH_REQUIRED,
  'jwks_uri',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
]

/** Checks the first document: clients read no other. */
function checkServer({ documents }: ServerEvidence): CheckResult | undefined {
  const first = documents.find(({ document }) => document !== undefined)
  if (first?.document === undefined) return undefined
  return first.url.includes('openid-configuration')
    ? checkTypes(first.document, OPENID_SCHEMA, OPENID_REQUIRED)
    : checkTypes(first.document, OAUTH_SCHEMA, OAUTH_REQUIRED)
}

function checkTypes(
  document: JsonObject,
  schema: Schema,
  required: readonly string[],
  misnamed: Readonly<Record<string, string>> = {},
): CheckResult {
  const missing = required.filter((name) => document[name] === undefined)
  const wrong = Object.entries(schema).flatMap(([name, kind]) => {
    const value = document[name]
    return value === undefined || FITS[kind](value) ? [] : [`${name} is not ${NAMES[kind]}`]
  })
  const similar = Object.entries(misnamed).flatMap(([name, correct]) =>
    document[name] === undefined ? [] : [`${name} should be ${correct}`],
  )
  const problems = [...missing.map((name) => `${name} is missing`), ...wrong, ...similar]
  return problems.length === 0
    ? pass('Every member has the type that clients expect.')
    : error(`Official SDK clients discard the document: ${problems.join(', ')}.`)
}

const NAMES: Readonly<Record<Kind, string>> = {
  url: 'an absolute URL',
  text: 'a string',
  list: 'a list of strings',
  boolean: 'a boolean',
}

const FITS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  url: (value) =>
    typeof value === 'string' &&
    parseUrl(value) !== undefined &&
    !/^(javascript|data|vbscript):/i.test(value),
  text: (value) => typeof value === 'string',
  list: isTextList,
  boolean: (value) => typeof value === 'boolean',
}
