/** An example of the OpenTelemetry listener. `npm run docs` copies each region into the comments of its symbols. */

import { protectedResource } from 'mcp-gatehouse'
import { telemetry } from 'mcp-gatehouse/otel'

// #region telemetry
export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  onEvent: telemetry(),
  measureDurations: true,
})
// #endregion
