/** `gatehouse.schema.json` names exactly the options that a file can hold. */

import { readFile } from 'node:fs/promises'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js'
import { expect, it } from 'vitest'
import schema from '../../../gatehouse.schema.json' with { type: 'json' }
import { ConfigError, protectedResource } from '../../../src/index.ts'

const { resource } = schema.definitions
const server = resource.properties.authorizationServers.items.anyOf[1] as {
  properties: Record<string, unknown>
}

/** The members that are functions, or objects with functions. */
const OF_PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  ProtectedResourceOptions: ['token', 'documentStore', 'fetch', 'now', 'onEvent', 'audit'],
  AuthorizationServerOptions: ['fetch', 'transform', 'mapClaims'],
}

it.each([
  ['ProtectedResourceOptions', 'resource-options.ts', resource.properties],
  ['AuthorizationServerOptions', 'authorization-server-options.ts', server.properties],
])('has the members of %s', async (name, file, properties) => {
  const names = await membersOf(name, file)
  const left = names.filter((each) => !OF_PROGRAMS[name]?.includes(each))
  const described = Object.keys(properties).filter(
    // Inherited from the options of discovery.
    (each) =>
      !['timeoutMs', 'maxBytes', 'dangerouslyAllowHttp', 'type'].includes(each) ||
      left.includes(each),
  )
  expect(described.sort()).toEqual(left.sort())
})

it.each(Object.keys(resource.properties))('resource.%s is an option', (name) => {
  const options = {
    resource: 'https://rs.example/mcp',
    authorizationServers: ['https://as.example'],
    [name]: Symbol(name),
  }
  const find = () => protectedResource(options)
  expect(find).toThrow(ConfigError)
  expect(find).not.toThrow('is not an option')
})

it('accepts the examples of the guides, and rejects misspelt members', async () => {
  const validate = new AjvJsonSchemaValidator().getValidator(schema)
  const guide = await readFile('docs/guides/serve.md', 'utf8')
  const examples = [...guide.matchAll(/```json\n(\{\n {2}"\$schema"[\s\S]*?)```/g)]
  expect(examples.length).toBeGreaterThan(1)
  for (const [, text = ''] of examples) {
    expect(validate(JSON.parse(text))).toMatchObject({ valid: true })
  }
  const good = {
    resource: { resource: 'https://a.example/', authorizationServers: ['https://b.example'] },
  }
  expect(validate({ ...good, upstream: 'http://127.0.0.1:1' }).valid).toBe(true)
  for (const wrong of [{}, { ...good, upstrem: 'x' }, { ...good, forwardAuth: 'apache' }]) {
    expect(validate(wrong).valid).toBe(false)
  }
})

/** The names of the members of an interface, from its source. */
async function membersOf(name: string, file: string): Promise<string[]> {
  const source = await readFile(`src/contract/${file}`, 'utf8')
  const body = new RegExp(`^export interface ${name}[^\\n]*\\n([\\s\\S]*?)^}`, 'm').exec(
    source,
  )?.[1]
  return [...(body ?? '').matchAll(/^ {2}(\w+)\??:/gm)].map(([, member = '']) => member)
}
