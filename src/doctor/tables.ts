/** All tables of checks, in the order of the report. */

import { AUTHORIZATION_SERVER } from './checks/authorization-server.ts'
import { BROWSER, BROWSER_AND_SERVER } from './checks/browser.ts'
import { CHALLENGE } from './checks/challenge.ts'
import { CLIENT_PARSERS } from './checks/client-parsers.ts'
import { CLIENT_SCHEMAS, CLIENT_SERVER_SCHEMAS } from './checks/client-schemas.ts'
import { CONNECTION } from './checks/connection.ts'
import { DISCLOSURE } from './checks/disclosure.ts'
import { KEYS } from './checks/keys.ts'
import { LEGACY } from './checks/legacy.ts'
import { OTHER_REQUESTS } from './checks/other-requests.ts'
import { REACHABILITY } from './checks/reachability.ts'
import { RESOURCE_METADATA } from './checks/resource-metadata.ts'
import { RESOURCE_METADATA_SERVING } from './checks/resource-metadata-serving.ts'
import { RESPONDER } from './checks/responder.ts'
import { SERVER_ENDPOINTS } from './checks/server-endpoints.ts'
import { SERVER_LIBRARY } from './checks/server-library.ts'
import { TOKEN } from './checks/token.ts'
import { TOKEN_CLAIMS } from './checks/token-claims.ts'

/** `checkServerMetadata()` adds those of `checkAuthorizationServer()` to `server`. */
export const CHECKS = {
  connection: [...CONNECTION, ...REACHABILITY],
  resource: [
    ...RESPONDER,
    ...CHALLENGE,
    ...OTHER_REQUESTS,
    ...CLIENT_PARSERS,
    ...DISCLOSURE,
    ...RESOURCE_METADATA,
    ...CLIENT_SCHEMAS,
    ...RESOURCE_METADATA_SERVING,
  ],
  server: [
    ...AUTHORIZATION_SERVER,
    ...CLIENT_SERVER_SCHEMAS,
    ...KEYS,
    ...SERVER_ENDPOINTS,
    ...SERVER_LIBRARY,
  ],
  pages: BROWSER,
  serverPages: BROWSER_AND_SERVER,
  others: [...LEGACY, ...TOKEN, ...TOKEN_CLAIMS],
} as const
