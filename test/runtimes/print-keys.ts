/** Prints the result of {@link tryKeys}, on Node, Bun and Deno. */

import vectors from '../vectors/runtime-keys.json' with { type: 'json' }
import { tryKeys } from './keys.ts'

console.log(JSON.stringify(await tryKeys(vectors)))
