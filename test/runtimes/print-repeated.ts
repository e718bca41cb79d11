/** Prints the result of {@link postOnReused}, on Node, Bun and Deno. */

import { argv } from 'node:process'
import { postOnReused } from './exchange.ts'

console.log(JSON.stringify(await postOnReused(argv[2] ?? '')))
