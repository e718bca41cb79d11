/** The clients: what to install, how to log in, how to call a tool. */

import { AGENTS } from './agents.ts'
import { LIBRARIES } from './libraries.ts'
import { TOOLS } from './tools.ts'

/** What a command needs to know. */
export interface Place {
  readonly mcpUrl: string
  readonly controlUrl: string
  /** The programs of npm packages. */
  readonly bin: string
  readonly modules: string
  /** The Python that the packages of a client in Python are installed for. */
  readonly python: string
  readonly home: string
  /** A client ID metadata document, where the issuer accepts one. */
  readonly documentUrl: string | undefined
}

export interface Command {
  readonly argv: readonly string[]
  /** What is typed into a terminal, each after the text that it answers to appears. Without it there is no terminal. */
  readonly keys?: readonly Keys[]
}

export interface Keys {
  readonly after: RegExp
  readonly type: string
}

export interface Client {
  readonly name: string
  /** Pinned; the version of the first one is that of the client. */
  readonly packages: readonly string[]
  /** Folders of `node_modules` that have dependencies of their own, which an install script would install. */
  readonly installsBelow?: readonly string[]
  /** Whether the packages are of PyPI. */
  readonly isPython?: boolean
  /** Files below the home directory. */
  readonly files?: (place: Place) => Readonly<Record<string, unknown>>
  readonly env?: (place: Place) => Readonly<Record<string, string>>
  /** Whether the URL that it prints is opened, because it opens none itself, or only with the programs of a desktop. */
  readonly printsUrl?: boolean
  readonly logIn?: (place: Place) => readonly Command[]
  /** A library, whose login ends with its program. */
  readonly isLibrary?: boolean
  /** All steps in one session, or one command for each step. */
  readonly session?: (place: Place) => Command
  readonly call?: (place: Place, tool: string, args: object) => Command
}

export const CLIENTS: readonly Client[] = [...AGENTS, ...TOOLS, ...LIBRARIES]

export function versionOf({ packages }: Client): string {
  return packages[0]?.replace(/^.+(?:@|==)/, '') ?? ''
}
