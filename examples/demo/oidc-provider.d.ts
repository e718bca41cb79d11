// Types for the parts of `oidc-provider` that this demo uses; the package has none.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface InteractionDetails {
    readonly uid: string
    readonly grantId?: string
    readonly params: Readonly<Record<string, string | undefined>>
    readonly session?: { readonly accountId: string }
    readonly prompt: {
      readonly name: string
      readonly details: {
        readonly missingOIDCScope?: readonly string[]
        readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>
      }
    }
  }

  export interface Grant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export interface Client {
    readonly clientId: string
    readonly clientName?: string
    readonly dpopBoundAccessTokens?: boolean
  }

  /** The context of a custom grant. */
  export interface GrantContext {
    status: number
    body: unknown
    readonly oidc: {
      readonly client: Client
      readonly params: Readonly<Record<string, string | undefined>>
    }
  }

  export interface AccessToken {
    resourceServer: object
    scope: string
    readonly tokenType: string
    readonly expiration: number
    setThumbprint(kind: 'jkt', thumbprint: string): void
    save(): Promise<string>
  }

  /** The context of every response. */
  export interface ResponseContext {
    readonly oidc?: { readonly route?: string }
    readonly body: { scopes_supported?: readonly string[] }
  }

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    use(middleware: (context: ResponseContext, next: () => Promise<void>) => Promise<void>): void
    readonly Client: { find(id: string): Promise<Client | undefined> }
    readonly Grant: {
      new (properties: { accountId: string; clientId: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    readonly AccessToken: {
      new (properties: { accountId: string; client: Client; gty: string }): AccessToken
    }
    readonly ResourceServer: { new (identifier: string, info: Record<string, unknown>): object }
    registerGrantType(
      name: string,
      handler: (context: GrantContext) => Promise<void>,
      parameters: readonly string[],
      duplicates?: readonly string[],
    ): void
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionDetails(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<InteractionDetails>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Record<string, unknown>,
      options?: { mergeWithLastSubmission?: boolean },
    ): Promise<void>
  }

  export const errors: {
    readonly InvalidGrant: new (description?: string) => Error
    readonly InvalidRequest: new (description?: string) => Error
    readonly InvalidTarget: new (description?: string) => Error
  }
}

declare module 'oidc-provider/lib/helpers/validate_dpop.js' {
  import type { GrantContext, Provider } from 'oidc-provider'

  export default function validateDpop(
    provider: Provider,
    context: GrantContext,
  ): Promise<{ readonly thumbprint: string } | undefined>
}
