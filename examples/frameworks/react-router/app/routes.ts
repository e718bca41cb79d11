import { type RouteConfig, route } from '@react-router/dev/routes'

export default [
  route('mcp', 'routes/mcp.ts'),
  route('.well-known/oauth-protected-resource/mcp', 'routes/metadata.ts'),
] satisfies RouteConfig
