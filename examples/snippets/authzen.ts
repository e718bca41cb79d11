/** Examples of decisions by AuthZEN. `npm run docs` copies each region into the comments of its symbols. */

import { protectedResource } from 'mcp-gatehouse'
import { type AuthzenOptions, type AuthzenRequest, authzen } from 'mcp-gatehouse/authzen'

// #region authzen
export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  operations: authzen({ url: 'https://pdp.example.com' }),
})
// #endregion

// #region AuthzenOptions
export const options: AuthzenOptions = {
  url: 'https://pdp.example.com/access/v1/evaluation',
  token: 'from the environment',
  timeoutMs: 500,
}
// #endregion

// #region AuthzenRequest
export const evaluation: AuthzenRequest = {
  subject: { type: 'user', id: 'user-1' },
  action: { name: 'tools/call' },
  resource: { type: 'tool', id: 'delete_note' },
}
// #endregion
