/** The demo in a process of its own, with the built package. */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const STEPS = [
  'A request without a token',
  'Protected resource metadata (RFC 9728)',
  'Authorization server metadata (RFC 8414)',
  'Registration (RFC 7591)',
  'Login with consent',
  'The token',
  'Tool calls with the token',
  'A token for another audience',
  'An expired token',
  'A tampered token',
  'Insufficient scope and step-up',
]

const curl = spawnSync('curl', ['--version']).status === 0
if (!curl) console.log('skipped: npm run demo -- --serve (there is no curl to paste commands into)')

describe('npm run demo', () => {
  let demo: { code: number | null; output: string; errors: string }

  beforeAll(async () => {
    const child = runDemo()
    const code = await child.ended
    demo = { code, ...child.said() }
  })

  it('exits with 0 and writes nothing to stderr', () => {
    expect(demo.output).not.toContain('✗')
    expect(demo.errors).toBe('')
    expect(demo.code).toBe(0)
  })

  it.each(STEPS.map((title, index) => [index + 1, title] as const))(
    'prints step %i, %s',
    (n, title) => {
      expect(demo.output).toContain(`\n${String(n).padStart(2)} ${title}\n`)
    },
  )

  it('shows the real challenges', () => {
    const metadata =
      'resource_metadata="http://127.0.0.1:\\d+/.well-known/oauth-protected-resource/mcp"'
    const challenges = [...demo.output.matchAll(/WWW-Authenticate: (.*)/g)].map(([, text]) => text)
    expect(challenges).toHaveLength(5)
    for (const challenge of challenges) expect(challenge).toMatch(new RegExp(metadata))
    expect(challenges[0]).not.toContain('error')
    for (const challenge of challenges.slice(1, 4)) {
      expect(challenge).toContain('error="invalid_token"')
    }
    expect(challenges[4]).toContain('error="insufficient_scope"')
    expect(challenges[4]).toContain('scope="notes:read notes:write"')
  })

  it('checks something in every step', () => {
    const parts = demo.output.split(/\n(?= ?\d+ [A-Z])/).slice(1)
    expect(parts).toHaveLength(STEPS.length)
    for (const part of parts) expect(part).toContain('   ✓ ')
    expect(demo.output).toMatch(/✓ All checks passed: 11 steps, \d+ checks, [\d.]+ s\./)
  })

  it('never shows a token, a signature or a code', () => {
    expect(demo.output).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
    // A signature of ES256 has 86 characters, the shortest there is; ids have at most 43.
    expect(demo.output).not.toMatch(/[\w-]{60}/)
    expect(demo.output).not.toMatch(/code=|Bearer eyJ/)
  })

  it('never shows a stack trace', () => {
    expect(demo.output).not.toMatch(/^\s+at .*:\d+/m)
  })

  it('writes no colours without a terminal', () => {
    expect(demo.output).not.toContain('\u001b')
  })
})

describe('npm run demo -- --opaque', () => {
  it('passes with opaque tokens', async () => {
    const { output, titles } = await passingDemo('--opaque')
    const jwtOnly = ['An expired token', 'A tampered token']
    expect(titles).toEqual([
      ...STEPS.filter((title) => !jwtOnly.includes(title)).toSpliced(-1, 0, 'An invalid token'),
      'A revoked token',
    ])
    expect(output).toContain('token introspection (RFC 7662)')
    expect(output.match(/only the server's event has the reason: token_inactive/g)).toHaveLength(2)
    // A token of this server has 43 characters; ids of pages and clients have fewer.
    expect(output).not.toMatch(/[\w-]{43}/)
  })

  it('serves with opaque tokens', async () => {
    const child = runDemo('--opaque', '--serve')
    await child.says('Events of the MCP server')
    const answers = curl ? paste(commandsOf(child.said().output, /^(curl|TOKEN=)/)) : []
    child.stop('SIGINT')
    expect(await child.ended).toBe(0)
    if (curl) expect(answers[4]).toMatch(/^HTTP\/1\.1 200 /)
    if (curl) expect(answers[5]).toContain('error="insufficient_scope"')
  })
})

describe('npm run demo -- --dpop', () => {
  it('passes with a bound token', async () => {
    const { output, titles } = await passingDemo('--dpop')
    expect(titles).toEqual([
      'DPoP in the metadata',
      'A token bound to a key',
      'A request with a valid proof',
      'A replayed proof',
      'The token without a proof',
      'A proof with another key',
      'A proof for another URL',
    ])
    const reasons = [...output.matchAll(/event has the reason: (\w+)/g)].map(([, reason]) => reason)
    expect(reasons).toEqual([
      'dpop_proof_replayed',
      'binding_missing',
      'binding_mismatch',
      'dpop_proof_invalid',
    ])
    expect(output).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
    expect(output).not.toMatch(/[\w-]{60}/)
  })
})

describe('npm run demo -- --exchange', () => {
  it('passes with a tool that calls another API', async () => {
    const { output, titles } = await passingDemo('--exchange')
    expect(titles).toEqual([
      'The first hop: login at the MCP server',
      'The tool needs consent for the API',
      'The second hop: the token of the API',
      'The next calls use the same token',
      'The token of the client at the API',
    ])
    expect(output).toMatch(/✓ All checks passed: 5 steps, 14 checks, [\d.]+ s\./)
    expect(output).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
    expect(output).not.toMatch(/[\w-]{60}/)
  })
})

describe('npm run demo with two walkthroughs', () => {
  it.each([
    ['--dpop', '--exchange'],
    ['--dpop', '--serve'],
    ['--exchange', '--opaque'],
  ])('prints the usage and exits with 2: %s %s', async (...options) => {
    const child = runDemo(...options)
    expect(await child.ended).toBe(2)
    expect(child.said().output).toContain('--dpop and --exchange stand alone.\nUsage: npm run demo')
  })
})

describe('npm run demo with an unknown option', () => {
  it('prints the usage and exits with 2', async () => {
    const child = runDemo('--sevre')
    expect(await child.ended).toBe(2)
    expect(child.said().output).toContain('Usage: npm run demo')
    expect(child.said().output).not.toMatch(/^\s+at .*:\d+/m)
  })
})

describe.skipIf(!curl)('npm run demo -- --serve', () => {
  let child: ReturnType<typeof runDemo>
  let answers: string[]

  beforeAll(async () => {
    child = runDemo('--serve')
    await child.says('Events of the MCP server')
    answers = paste(commandsOf(child.said().output, /^(curl|TOKEN=)/))
  })
  afterAll(() => {
    child.stop('SIGKILL')
  })

  it('prints commands that show the challenge', () => {
    expect(answers[0]).toMatch(/^HTTP\/1\.1 401 /)
    expect(answers[0]).toMatch(/\nwww-authenticate: Bearer .*resource_metadata="/i)
  })

  it('prints commands that find the metadata', () => {
    const [, resource = '', server = ''] = answers
    expect(JSON.parse(resource)).toHaveProperty('authorization_servers')
    expect(JSON.parse(server)).toHaveProperty('token_endpoint')
  })

  it('prints commands that get a token and use it', () => {
    expect(answers[4]).toMatch(/^HTTP\/1\.1 200 /)
    expect(answers[4]).toContain('Buy milk')
    expect(answers[5]).toMatch(/^HTTP\/1\.1 403 /)
    expect(answers[5]).toContain('error="insufficient_scope"')
  })

  it('prints the events without tokens', async () => {
    await child.says('accepted')
    expect(child.said().output).toMatch(/refused\s+401 credentials_missing/)
    expect(child.said().output).toMatch(/fetched\s+http:.*\/jwks/)
    expect(child.said().output).toMatch(/accepted\s+a token of http:/)
    expect(child.said().output).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
  })

  it('serves the flow page', async () => {
    const [, url = ''] = /In a browser:.*\n +(http:.*)/.exec(child.said().output) ?? []
    expect(await (await fetch(url)).text()).toContain('<h1>How an MCP client connects</h1>')
  })

  it('prints the command for the MCP Inspector', () => {
    expect(child.said().output).toContain('npx @modelcontextprotocol/inspector')
  })

  it('stops cleanly on Ctrl-C', async () => {
    child.stop('SIGINT')
    expect(await child.ended).toBe(0)
    expect(child.said().errors).toBe('')
    expect(child.said().output).toMatch(/Stopped\.\n$/)
  })
})

/** Runs the demo to its end, and asserts that every check passes. */
async function passingDemo(
  ...options: string[]
): Promise<{ output: string; titles: (string | undefined)[] }> {
  const child = runDemo(...options)
  const code = await child.ended
  const { output, errors } = child.said()
  expect(output).not.toContain('✗')
  expect(errors).toBe('')
  expect(code).toBe(0)
  return { output, titles: [...output.matchAll(/^ ?\d+ (.*)$/gm)].map(([, title]) => title) }
}

function runDemo(...args: string[]) {
  const { FORCE_COLOR: _, ...env } = process.env
  const child = spawn(process.execPath, ['examples/demo/main.ts', ...args], { cwd: ROOT, env })
  const listeners = new Set<() => void>()
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    ended,
    said: () => ({ output, errors }),
    stop: (signal: NodeJS.Signals) => child.kill(signal),
    says: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => output.includes(text) && resolve()
        listeners.add(look)
        look()
        void ended.then(() => reject(new Error(`It ended before it said: ${text}\n${errors}`)))
      }),
  }
}

/** The commands in a text, each with the lines it goes on for. */
function commandsOf(text: string, begin: RegExp): string[] {
  const commands: string[] = []
  let goesOn = false
  for (const line of text.split('\n').map((it) => it.trim())) {
    if (goesOn) commands.push(`${commands.pop()}\n${line}`)
    else if (begin.test(line)) commands.push(line)
    goesOn = line.endsWith('\\')
  }
  return commands
}

/** Runs commands one after the other in one shell, and gives what each printed. */
function paste(commands: readonly string[]): string[] {
  const mark = '\n--- next ---\n'
  const script = commands.join(`\nprintf '${mark.replaceAll('\n', '\\n')}'\n`)
  const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  return stdout.split(mark)
}
