/**
 * Hosts and client libraries in snippets whose types are not installed. As strict as the real types: a type
 * that is wider here hides a snippet that does not compile for readers.
 */

declare const Deno: {
  openKv(): Promise<import('mcp-gatehouse/deno').DenoKv>
}

declare module 'redis' {
  interface ReplyUnion {
    readonly RESP_TYPE: unknown
  }
  interface Client {
    sendCommand<T = ReplyUnion>(args: readonly string[]): Promise<T>
  }
  export function createClient(): { connect(): Promise<Client> }
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
  export type CedarValueJson =
    | { __entity: Entity }
    | boolean
    | number
    | string
    | CedarValueJson[]
    | { [key: string]: CedarValueJson }
    | null
  export function checkParsePolicySet(policies: {
    staticPolicies: string
  }): { type: 'success' } | Failure
  export function isAuthorized(call: {
    principal: Entity
    action: Entity
    resource: Entity
    context: Record<string, CedarValueJson>
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
