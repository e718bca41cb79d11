/** Hosts and client libraries in snippets whose types are not installed. */

declare const Deno: {
  openKv(): Promise<import('mcp-gatehouse/deno').DenoKv>
}

declare module 'redis' {
  export function createClient(): {
    connect(): Promise<{ sendCommand(args: string[]): Promise<unknown> }>
  }
}

declare module '@cedar-policy/cedar-wasm/nodejs' {
  interface Failure {
    type: 'failure'
    errors: { message: string }[]
  }
  interface Entity {
    type: string
    id: string
  }
  export function checkParsePolicySet(policies: {
    staticPolicies: string
  }): { type: 'success' } | Failure
  export function isAuthorized(call: {
    principal: Entity
    action: Entity
    resource: Entity
    context: Record<string, unknown>
    entities: []
    policies: { staticPolicies: string }
  }):
    | Failure
    | {
        type: 'success'
        response: {
          decision: 'allow' | 'deny'
          diagnostics: { reason: string[]; errors: unknown[] }
        }
      }
}
