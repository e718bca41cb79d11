/** What the thread of a program and its host say to each other. */

export interface Head {
  readonly method: string
  readonly url: string
  readonly fields: readonly [name: string, value: string][]
}

export interface BackendRequest extends Head {
  readonly body: Uint8Array
  readonly backend: string
}

export interface BackendResponse {
  readonly status: number
  readonly fields: readonly [name: string, value: string][]
  readonly body: Uint8Array
}

/** Requests of the program to other servers. */
export interface Backends {
  /** Starts a request, and returns its number. */
  send(request: BackendRequest): number
  isReady(id: number): boolean
  /** Waits for a response; `undefined` if there is none. */
  wait(id: number): BackendResponse | undefined
  /** Waits until something arrives, at most so long. */
  pause(milliseconds: number): void
}

/** The response to the client. */
export interface Downstream {
  head(status: number, fields: readonly [name: string, value: string][]): void
  chunk(bytes: Uint8Array): void
  end(): void
}

export type FromProgram =
  | { readonly type: 'head'; readonly status: number; readonly fields: BackendResponse['fields'] }
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'request'; readonly id: number; readonly request: BackendRequest }

export interface ToProgram {
  readonly id: number
  readonly response: BackendResponse | undefined
}
