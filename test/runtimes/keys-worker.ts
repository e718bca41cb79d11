/** Responds with the result of {@link tryKeys}, on workerd. */

import vectors from '../vectors/runtime-keys.json' with { type: 'json' }
import { tryKeys } from './keys.ts'

export default { fetch: async () => Response.json(await tryKeys(vectors)) }
