/**
 * The types of `protect()` that adapters share. `Host` is what the host passes beside the request:
 * `[server: Server]` on Bun, `[env: Env, ctx: Context]` on Workers.
 */

import type { Requirements } from '../../src/index.ts'

/** Your handler. `Auth` is the verified context, or also the anonymous one. */
export type Handler<Auth, Host extends unknown[]> = (
  request: Request,
  auth: Auth,
  ...host: Host
) => Response | Promise<Response>

/** The requirements, or a function that returns those of one request. */
export type RequirementSource<Needs extends Requirements, Host extends unknown[]> =
  | Needs
  | ((request: Request, ...host: Host) => Needs)

/** Requests without credentials reach the handler as anonymous. */
export type Optional = Requirements & { optional: true }

/** Requests without credentials are rejected. */
export type Mandatory = Requirements & { optional?: false | undefined }
