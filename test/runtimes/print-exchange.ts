/** Prints the result of {@link tryExchange}, on Node, Bun and Deno. */

import { tryExchange } from './exchange.ts'

console.log(JSON.stringify(await tryExchange()))
