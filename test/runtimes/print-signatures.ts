/** Prints the result of {@link trySignatures}, on Node, Bun and Deno. */

import { trySignatures } from './signatures.ts'

console.log(JSON.stringify(await trySignatures()))
