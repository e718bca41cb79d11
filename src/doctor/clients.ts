/** What clients do with a server, as seen in real sessions on 2026-11-27: see docs/clients.md. Data only. */

/** What a client did. */
export interface ClientBehavior {
  readonly name: string
  readonly version: string
  /** Whose scopes it requests: of the challenge, else of the resource; of the resource; of the authorization server. */
  readonly scopes: 'challenge' | 'resource' | 'server'
  /** Whether it adds `offline_access` where the authorization server lists it. */
  readonly addsOfflineAccess: boolean
  /** What it does to the text of a resource without a path. */
  readonly slash: 'kept' | 'added' | 'removed'
  /** After a 403: by itself, in the login that its user starts, or not at all. */
  readonly stepUp: StepUp
  /** How it gets a client id, where the server offers client ID metadata documents and where it does not. */
  readonly registration: 'document' | 'dynamic' | 'none'
  /** It sends `Origin`. */
  readonly isInBrowser?: boolean
}

/**
 * Whether a client gets more scopes after a 403.
 *
 * @example
 * ```ts
 * function clientsThatCannotStepUp({ clients = [] }: Report): string[] {
 *   const never: StepUp = 'never'
 *   return clients.filter(({ stepUp }: ClientView) => stepUp === never).map(({ client }) => client)
 * }
 * ```
 */
export type StepUp = 'alone' | 'at the next login' | 'never'

export const SEEN_ON = '2026-11-27'

export const CLIENT_BEHAVIORS: readonly ClientBehavior[] = [
  row('Claude Code', '2.1.332', 'resource', true, 'added', 'at the next login', 'document'),
  row('Codex CLI', '0.171.0', 'challenge', true, 'kept', 'never', 'document'),
  row('Copilot CLI', '1.0.102', 'challenge', true, 'added', 'alone', 'document'),
  row('Gemini CLI', '0.61.0', 'server', false, 'added', 'never', 'dynamic'),
  row('Qwen Code', '0.24.4', 'resource', false, 'removed', 'never', 'dynamic'),
  row('opencode', '1.18.33', 'challenge', true, 'added', 'never', 'dynamic'),
  row('mcporter', '0.12.3', 'challenge', false, 'kept', 'never', 'dynamic'),
  row('mcp-remote', '0.15.1', 'challenge', true, 'added', 'alone', 'dynamic'),
  row('MCP Inspector --cli', '2.12.0', 'resource', true, 'kept', 'never', 'dynamic'),
  {
    ...row('use-mcp', '0.0.21', 'resource', false, 'kept', 'never', 'dynamic'),
    isInBrowser: true,
  },
  row('MCP SDK 2.x', '2.4.0', 'challenge', true, 'kept', 'at the next login', 'dynamic'),
  row('MCP SDK 1.x', '1.32.2', 'challenge', false, 'kept', 'never', 'dynamic'),
  row('AI SDK', '2.0.99', 'challenge', false, 'removed', 'never', 'dynamic'),
  row('LangChain', '1.1.4', 'challenge', false, 'kept', 'never', 'dynamic'),
  row('OpenAI Agents', '0.20.0', 'challenge', true, 'kept', 'at the next login', 'dynamic'),
  row('Mastra', '2.0.0', 'challenge', true, 'kept', 'never', 'none'),
]

function row(
  name: string,
  version: string,
  scopes: ClientBehavior['scopes'],
  addsOfflineAccess: boolean,
  slash: ClientBehavior['slash'],
  stepUp: StepUp,
  registration: ClientBehavior['registration'],
): ClientBehavior {
  return { name, version, scopes, addsOfflineAccess, slash, stepUp, registration }
}
