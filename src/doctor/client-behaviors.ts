/** What clients do with a server, as seen in real sessions on 2026-11-27 and 28: see docs/clients.md. Data only. */

/** What a client did. */
export interface ClientBehavior {
  readonly name: string
  readonly version: string
  /** Whose scopes it requests: of the challenge, else of the resource; of the resource; of the authorization server. */
  readonly scopes: 'challenge' | 'resource' | 'server' | 'none'
  /** Whether it adds `offline_access` where the authorization server lists it. */
  readonly addsOfflineAccess: boolean
  /** What it does to the text of a resource without a path. */
  readonly slash: 'kept' | 'added' | 'removed'
  /** After a 403: by itself, in the login that its user starts, or not at all. */
  readonly stepUp: StepUp
  /** How it gets a client id, where the server offers client ID metadata documents and where it does not. */
  readonly registration: 'document' | 'dynamic' | 'none'
  /** It uses its document only where the server lists the authentication method `none`, which the document names. */
  readonly documentNeedsNone?: boolean
  /** It looks for the challenge in the response to a GET, as the Rust SDK does, and not in that to its first POST. */
  readonly readsChallengeOfGet?: boolean
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

export const SEEN_ON = '2026-11-28'

/** What most clients do: the MCP SDK 1.x, and the programs that contain it. */
const USUAL = {
  scopes: 'challenge',
  addsOfflineAccess: false,
  slash: 'kept',
  stepUp: 'never',
  registration: 'dynamic',
} as const

type Difference = Pick<ClientBehavior, 'name' | 'version'> & Partial<ClientBehavior>

const DIFFERENCES: readonly Difference[] = [
  {
    name: 'Claude Code',
    version: '2.1.332',
    scopes: 'resource',
    addsOfflineAccess: true,
    slash: 'added',
    stepUp: 'at the next login',
    registration: 'document',
  },
  {
    name: 'Codex CLI',
    version: '0.171.0',
    addsOfflineAccess: true,
    registration: 'document',
    documentNeedsNone: true,
    readsChallengeOfGet: true,
  },
  {
    name: 'Copilot CLI',
    version: '1.0.102',
    addsOfflineAccess: true,
    slash: 'added',
    stepUp: 'alone',
    registration: 'document',
  },
  { name: 'VS Code in code-server', version: '4.139.1', stepUp: 'alone' },
  { name: 'Gemini CLI', version: '0.61.0', scopes: 'server', slash: 'added' },
  { name: 'Qwen Code', version: '0.24.4', scopes: 'resource', slash: 'removed' },
  { name: 'opencode', version: '1.18.33', addsOfflineAccess: true, slash: 'added' },
  { name: 'Kilo CLI', version: '7.7.7', addsOfflineAccess: true, slash: 'added' },
  { name: 'Pi', version: '1.6.0', registration: 'document', documentNeedsNone: true },
  { name: 'Cline', version: '3.0.65' },
  { name: 'mcporter', version: '0.12.3' },
  {
    name: 'mcp-remote',
    version: '0.15.1',
    addsOfflineAccess: true,
    slash: 'added',
    stepUp: 'alone',
  },
  { name: 'MCP Inspector --cli', version: '2.12.0', scopes: 'resource', addsOfflineAccess: true },
  { name: 'mcpc', version: '0.2.6', scopes: 'resource' },
  { name: 'MCP Hub', version: '4.2.1', scopes: 'none', slash: 'added' },
  { name: 'use-mcp', version: '0.0.21', scopes: 'resource', isInBrowser: true },
  { name: 'MCP SDK 2.x', version: '2.4.0', addsOfflineAccess: true, stepUp: 'at the next login' },
  { name: 'MCP SDK 1.x', version: '1.32.2' },
  { name: 'AI SDK', version: '2.0.99', slash: 'removed' },
  { name: 'LangChain', version: '1.1.4' },
  {
    name: 'OpenAI Agents',
    version: '0.20.0',
    addsOfflineAccess: true,
    stepUp: 'at the next login',
  },
  { name: 'Strands Agents', version: '1.19.0' },
  { name: 'Google ADK', version: '2.0.0' },
  { name: 'Cloudflare Agents', version: '0.32.0', addsOfflineAccess: true },
  {
    name: 'Mastra',
    version: '2.0.0',
    addsOfflineAccess: true,
    slash: 'added',
    registration: 'none',
  },
  { name: 'Python SDK 2.x', version: '2.3.0', addsOfflineAccess: true, stepUp: 'alone' },
  { name: 'Python SDK 1.x', version: '1.29.0', slash: 'added', stepUp: 'alone' },
  { name: 'FastMCP', version: '4.0.10', addsOfflineAccess: true, stepUp: 'alone' },
]

export const CLIENT_BEHAVIORS: readonly ClientBehavior[] = DIFFERENCES.map((difference) => ({
  ...USUAL,
  ...difference,
}))
