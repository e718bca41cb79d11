/** Prints the result of {@link tryClients} for the server of the argument, on Node, Bun and Deno. */

import { argv } from 'node:process'
import { tryClients } from './dpop-clients.ts'

console.log(JSON.stringify(await tryClients(argv[2] ?? '')))
