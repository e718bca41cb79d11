/** A gateway: authorized requests go on to a server behind it, or a proxy asks whether they may. */

export { forward } from './forward.ts'
export { type ForwardAuthOptions, forwardAuth } from './forward-auth.ts'
export type { ForwardOptions, Upstream } from './forward-settings.ts'
export type { ForwardAuthProxy } from './forwarded-request.ts'
export type { IdentityOptions } from './identity.ts'
export { identityKeysResponse } from './identity-keys.ts'
