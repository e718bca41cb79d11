/**
 * Workers with Cloudflare's `agents`, in workerd.
 * Installs 89 MB; takes about 5 s of processor time.
 */

import { testRecipe } from '../../support/recipe.ts'

const host = 'test/field/cloudflare-agents/workerd-host.ts'
testRecipe({ name: 'cloudflare-agents/create-mcp-handler', host })
testRecipe({ name: 'cloudflare-agents/mcp-agent', host, sessions: true, revision: '2025-11-25' })
