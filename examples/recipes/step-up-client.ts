/** The login that the last 401 of a server asked for, for the provider of a client. */
export class StepUp {
  #parameters: [string, string][] = []

  /** For the option `fetch` of the transport. */
  readonly fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init)
    const challenge = response.headers.get('WWW-Authenticate') ?? ''
    if (challenge.includes('error="insufficient_user_authentication"')) {
      const parameters = challenge.matchAll(/ (acr_values|max_age)="([^"]*)"/g)
      this.#parameters = [...parameters].map(([, name = '', value = '']) => [name, value])
    }
    return response
  }

  /** For `tokens()` of the provider. A refreshed token has the time of the old login, so it hides the refresh token. */
  tokens<Tokens extends { refresh_token?: string | undefined }>(
    stored: Tokens | undefined,
  ): Tokens | undefined {
    if (stored === undefined || this.#parameters.length === 0) return stored
    return { ...stored, refresh_token: undefined }
  }

  /** For `redirectToAuthorization(url)` of the provider: adds what the server asked for. */
  addTo(url: URL): void {
    for (const [name, value] of this.#parameters) url.searchParams.set(name, value)
    this.#parameters = []
  }
}
