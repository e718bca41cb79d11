/**
 * `node server.ts <port> <folder> <redirect URI>`: a12n-server with one user and two clients. With `JWT_PRIVATE_KEY` it
 * issues JWTs. Its last line of output is `ready`, and the path of the application.
 */

import './sqlite.ts'

const [, , port = '', folder = '', redirectUri = ''] = process.argv
const origin = `http://127.0.0.1:${port}`
Object.assign(process.env, {
  PORT: port,
  PUBLIC_URI: `${origin}/`,
  CURVEBALL_ORIGIN: origin,
  DB_DRIVER: 'sqlite3',
  DB_FILENAME: `${folder}/a12n.sqlite3`,
})

interface Principal {
  readonly href: string
}

/** A module of the package, which exports none of them. */
const load = (path: string) =>
  import(new URL(path, import.meta.resolve('@curveball/a12n-server')).href)

await load('app.js')
while (
  !(await fetch(`${origin}/health`).then(
    ({ ok }) => ok,
    () => false,
  ))
) {
  await new Promise((resolve) => setTimeout(resolve, 100))
}
const { PrincipalService } = await load('principal/service.js')
const { createPassword } = await load('user/service.js')
const identities = await load('principal-identity/service.js')
const clients = await load('app-client/service.js')
const { addPrivilegeForUser } = await load('privilege/service.js')
const { hash } = (await import('bcrypt')).default
const principals = new PrincipalService('insecure')

const save = (type: 'user' | 'app', nickname: string): Promise<Principal> =>
  principals.save({ type, nickname, active: true, createdAt: new Date(), modifiedAt: new Date() })

const user = await save('user', 'User')
await createPassword(user, 'password of user-1')
await identities.create({
  principal: user,
  uri: 'mailto:user-1@example.com',
  isPrimary: true,
  isMfa: false,
  label: null,
  markVerified: true,
})
await addPrivilegeForUser(user, 'notes:read', '*')
const app = await save('app', 'Notes')
for (const clientId of ['app', 'other']) {
  await clients.create(
    {
      app: clientId === 'app' ? app : await save('app', 'Other'),
      clientId,
      clientSecret: await hash(`secret-of-${clientId}`, 4),
      allowedGrantTypes: ['authorization_code', 'client_credentials', 'refresh_token'],
      requirePkce: true,
    },
    [redirectUri],
  )
}
console.log(`ready ${app.href}`)
