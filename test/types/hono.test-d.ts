/** The types of the Hono adapter. Never run: `tsc` is the test. */

import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { expectTypeOf } from 'vitest'
import { type AuthVariables, bearerAuth, metadata } from '../../adapters/hono.ts'
import type { AnonymousContext, AuthContext, ProtectedResource } from '../../src/index.ts'

declare const resource: ProtectedResource

// After a mandatory bearerAuth() the context is typed without an annotation.
new Hono().get('/mcp', bearerAuth(resource), (c) => {
  expectTypeOf(c.var.auth).toEqualTypeOf<AuthContext>()
  return c.text(c.var.auth.subject ?? c.get('auth').clientId)
})

// With `optional`, a handler must check before it reads members of a verified context.
new Hono().get('/mcp', bearerAuth(resource, { optional: true }), (c) => {
  expectTypeOf(c.var.auth).toEqualTypeOf<AuthContext | AnonymousContext>()
  // @ts-expect-error an anonymous caller has no token
  c.var.auth.token
  return c.text(c.var.auth.anonymous ? 'nobody' : c.var.auth.token)
})

// Without bearerAuth() there is no context.
new Hono().get('/open', (c) => {
  // @ts-expect-error there is no context
  c.var.auth
  return c.text('open')
})

// Applications that mount the middleware with `use` declare its variables once.
const app = new Hono<{ Variables: AuthVariables }>()
app.use('/mcp/*', bearerAuth(resource, { scopes: ['read'] }))
app.get('/mcp/x', (c) => {
  expectTypeOf(c.var.auth).toEqualTypeOf<AuthContext>()
  return c.text(c.var.auth.issuer)
})

// Other variables stay.
const other = createMiddleware<{ Variables: { lang: string } }>((c, next) => {
  c.set('lang', 'en')
  return next()
})
new Hono().get('/mcp', other, bearerAuth(resource), (c) => {
  expectTypeOf(c.var.lang).toEqualTypeOf<string>()
  return c.text(c.var.lang + c.var.auth.issuer)
})

// Resources may depend on the context; metadata() accepts one, several or a function.
bearerAuth((c) => c.get('resource') as ProtectedResource)
app.route('/', metadata(resource))
app.route('/', metadata([resource, resource]))
app.route(
  '/',
  metadata((c) => c.env.resource as ProtectedResource),
)

// @ts-expect-error a list has no single challenge
bearerAuth([resource])
// @ts-expect-error a misspelt requirement would have no effect
bearerAuth(resource, { scope: ['read'] })
