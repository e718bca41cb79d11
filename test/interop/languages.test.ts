/** What servers in Python, Go and Java read behind the gateway: the identity and the operation. Skipped without these languages. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import { forward, identityKeysResponse } from '../../src/gateway/index.ts'
import type { Jwk } from '../../src/index.ts'
import { portOf, start } from '../support/node-server.ts'
import { createScene } from '../support/scene.ts'
import { startUpstream } from '../support/upstream.ts'
import {
  FOLDER,
  GSON,
  goProgram,
  hasGo,
  hasJava,
  hasPyJwt,
  hasPython,
  PYTHON,
  work,
} from './programs.ts'
import { blocksOf } from './proxies.ts'

describe('the identity JWT', () => {
  /** A JWT that reached an upstream, and the published keys. The gateway's clock is `ahead` seconds fast. */
  async function createIdentity(ahead = 0) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const key = { ...(await exportJWK(privateKey)), kid: 'gateway-1', alg: 'ES256' } as Jwk
    const upstream = await startUpstream()
    const scene = await createScene()
    const gateway = await start(
      createServer(
        protect(scene.resource, forward(upstream.url, { identity: { key, header: 'X-Identity' } })),
      ),
    )
    const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
    const { now } = Date
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead * 1000)
    await fetch(`http://127.0.0.1:${portOf(gateway)}/mcp`, { method: 'POST', headers })
    clock.mockRestore()
    const keys = await (await identityKeysResponse(new Request('http://a/'), key)).json()
    const token = upstream.field('x-identity') ?? ''
    const [head, payload] = token.split('.')
    const forged = `${head}.${payload}.${'A'.repeat(86)}`
    return {
      token,
      forged,
      keys: keys as { keys: Jwk[] },
      issuer: scene.resource.identifier,
      audience: upstream.url,
    }
  }

  const cases = ({
    token,
    forged,
    issuer,
    audience,
  }: Awaited<ReturnType<typeof createIdentity>>) => [
    { token, issuer, audience },
    { token: forged, issuer, audience },
    { token, issuer: `${issuer}x`, audience },
    { token, issuer, audience: `${audience}1` },
  ]

  it.skipIf(!hasPyJwt).each([0, 20])(
    'verifies in Python as the guide shows, %i s behind',
    async (seconds) => {
      const identity = await createIdentity(seconds)
      const [code = ''] = await blocksOf('gateway', 'python')
      const program = `${code}
import json, sys
data = json.load(sys.stdin)
out = []
for each in data["cases"]:
    try:
        out.append(verify_identity(each["token"], data["keys"], each["issuer"], each["audience"])["sub"])
    except jwt.PyJWTError:
        out.append(None)
print(json.dumps(out))
`
      const input = JSON.stringify({ keys: identity.keys, cases: cases(identity) })
      const { stdout, stderr } = spawnSync(PYTHON, ['-c', program], { input })
      expect(String(stderr)).toBe('')
      expect(JSON.parse(String(stdout))).toEqual(['user-1', null, null, null])
    },
  )

  it.skipIf(!hasGo)('verifies in Go as the guide shows', async () => {
    const identity = await createIdentity()
    const [code = ''] = await blocksOf('gateway', 'go')
    const source = join(work, 'identity.go')
    const main = `
type question struct{ Token, Issuer, Audience string }

func main() {
	var data struct {
		Keys  struct{ Keys []Key }
		Cases []question
	}
	if err := json.NewDecoder(os.Stdin).Decode(&data); err != nil {
		panic(err)
	}
	out := []string{}
	for _, each := range data.Cases {
		claims, err := VerifyIdentity(each.Token, data.Keys.Keys, each.Issuer, each.Audience, time.Now())
		if err != nil {
			out = append(out, "")
		} else {
			out = append(out, claims.Subject)
		}
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
`
    writeFileSync(source, code.replace('"math/big"', '"math/big"\n\t"os"') + main)
    const input = JSON.stringify({ keys: identity.keys, cases: cases(identity) })
    const { stdout, stderr } = spawnSync(goProgram('identity', source), { input })
    expect(String(stderr)).toBe('')
    expect(JSON.parse(String(stdout))).toEqual(['user-1', '', '', ''])
  })

  it.skipIf(!hasJava)('verifies in Java as the guide shows', async () => {
    const identity = await createIdentity()
    const [code = ''] = await blocksOf('gateway', 'java')
    const main = `
  public static void main(String[] arguments) throws Exception {
    JsonObject data = JsonParser.parseString(new String(System.in.readAllBytes(), UTF_8)).getAsJsonObject();
    JsonArray out = new JsonArray();
    for (JsonElement each : data.getAsJsonArray("cases")) {
      JsonObject question = each.getAsJsonObject();
      try {
        JsonObject claims = verify(text(question, "token"), data.getAsJsonObject("keys").getAsJsonArray("keys"),
            text(question, "issuer"), text(question, "audience"), System.currentTimeMillis() / 1000);
        out.add(text(claims, "sub"));
      } catch (GeneralSecurityException rejection) {
        out.add("");
      }
    }
    System.out.println(out);
  }
}
`
    const source = join(work, 'Identity.java')
    writeFileSync(source, code.trimEnd().replace(/\}$/, '') + main)
    const input = JSON.stringify({ keys: identity.keys, cases: cases(identity) })
    const { stdout, stderr } = spawnSync('java', ['-cp', GSON, source], { input })
    expect(String(stderr)).toBe('')
    expect(JSON.parse(String(stdout))).toEqual(['user-1', '', '', ''])
  })
})

describe('the operation that the guard reads', () => {
  const call = (name: string): string => `{"name":"${name}","arguments":{}}`
  const message = (members: string): string => `{"jsonrpc":"2.0","id":1,${members}}`
  const plain = `"method":"tools/call","params":${call('safe')}`
  const drop = call('drop')
  const CORPUS: readonly (string | Buffer)[] = [
    message(plain),
    message(`"method":"tools/call","params":${drop}`),
    message(`${plain},"params":${drop}`),
    message(`${plain},"Params":${drop}`),
    message(`${plain},"PARAMS":${drop}`),
    message(`"PARAMS":${drop},${plain}`),
    message(`${plain},"param\u017f":${drop}`),
    message(`${plain},"param\\u017f":${drop}`),
    message(`${plain},"METHOD":"tools/list"`),
    message(`"Method":"tools/list",${plain}`),
    message(`"m\\u0065thod":"tools/call","params":${drop}`),
    message(`${plain},"m\\u0065thod":"tools/list"`),
    message(`${plain},"method\\u0000":"tools/list"`),
    message(`"method":"tools/call","params":{"name":"safe","name":"drop"}`),
    message(`"method":"tools/call","params":{"name":"safe","Name":"drop"}`),
    message(`"method":"tools/call","params":{"name":"safe","NAME":"drop"}`),
    message(`"method":"tools/call","params":{"name":"safe","n\\u0061me":"drop"}`),
    message(`"method":"tools/call","params":{"name":"safe","arguments":{"name":"drop"}}`),
    message(`"method":"tools/call","params":{"name":"sa\\u0066e"}`),
    message(`"method":"tools/call","params":{"name":"\\ud83d\\ude00"}`),
    message(`"method":"tools/call","params":{"name":"\\ud83d"}`),
    message(`"method":"tools/call","params":{"name":"safe\\u0000"}`),
    message(`"method":"tools/call","params":{"name":9007199254740993}`),
    message(`"method":"tools/call","params":{"name":null}`),
    message(`"method":"tools/call","params":null`),
    message(`"method":"tools/call","params":["safe"]`),
    `{"jsonrpc":"2.0","id":9007199254740993,${plain}}`,
    `{"jsonrpc":"2.0","id":1e400,${plain}}`,
    `{"jsonrpc":"2.0","id":-0,${plain}}`,
    `\uFEFF${message(plain)}`,
    `${message(plain)}${message(`"method":"tools/call","params":${drop}`)}`,
    `${message(plain)}\u0000`,
    ` \n\t${message(plain)} \n`,
    `\u00a0${message(plain)}`,
    `[${message(plain)}]`,
    message(`${plain},"x":NaN`),
    message(`${plain},"x":Infinity`),
    message(`${plain},"x":0x10`),
    message(`${plain},"x":01`),
    message(`${plain},"x":1.`),
    message(`${plain},"x":"\t"`),
    message(`${plain},`),
    message(`${plain}/**/`),
    message(`'method':'tools/call'`),
    Buffer.from(message(plain), 'utf16le'),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(message(plain), 'utf16le')]),
    Buffer.concat([
      Buffer.from('{"method":"tools/call","params":{"name":"a'),
      Buffer.from([0xff]),
      Buffer.from('"}}'),
    ]),
    Buffer.concat([
      Buffer.from('{"method":"tools/call","params":{"name":"'),
      Buffer.from([0xc0, 0xae]),
      Buffer.from('"}}'),
    ]),
    message(`${plain},"x":${'['.repeat(63)}${']'.repeat(63)}`),
    message(`${plain},"x":${'['.repeat(500)}${']'.repeat(500)}`),
  ]

  const READERS = [
    ['Python’s json', hasPython, () => [PYTHON, join(FOLDER, 'decode.py')]],
    ['Go’s encoding/json', hasGo, () => [goProgram('decode')]],
  ] as const satisfies readonly (readonly [string, boolean, () => string[]])[]

  it.each(READERS.filter(([, isThere]) => isThere))(
    'is the one that %s reads',
    async (_name, _isThere, command) => {
      const scene = await createScene({
        operations: {},
        handler: (_request, auth) => Response.json(auth.operations),
      })
      const authorization = `Bearer ${await scene.issuer.token()}`
      const bodies = CORPUS.map((body) => Buffer.from(body as string))
      const [program = '', ...argv] = command()
      const input = JSON.stringify(bodies.map((body) => body.toString('base64')))
      const { stdout } = spawnSync(program, argv, { input })
      const read = JSON.parse(String(stdout)) as ({ method?: string; name?: unknown } | null)[]
      let accepted = 0
      for (const [index, body] of bodies.entries()) {
        const response = await scene.ask(authorization, { body })
        const other = read[index] ?? null
        // What the guard rejects reaches no server. What a server rejects, it does not execute.
        if (response.status !== 200 || other === null) {
          expect([200, 400]).toContain(response.status)
          continue
        }
        const [operation] = (await response.json()) as { method: string; name?: string }[]
        accepted += 1
        expect({
          body: String(body),
          method: operation?.method,
          name: operation?.name ?? null,
        }).toEqual({
          body: String(body),
          method: other.method,
          name: other.name ?? null,
        })
      }
      expect(accepted).toBeGreaterThan(5)
    },
  )
})
