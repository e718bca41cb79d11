/** Hosts and client libraries in snippets whose types are not installed. */

declare const Deno: {
  openKv(): Promise<import('mcp-gatehouse/deno').DenoKv>
}

declare module 'redis' {
  export function createClient(): {
    connect(): Promise<{ sendCommand(args: string[]): Promise<unknown> }>
  }
}
