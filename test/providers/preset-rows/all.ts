/** The table of presets: samples that must pass, samples that must be rejected, and the requests for them. */

import { START } from '../../support/clock.ts'
import { CLOUD_ROWS } from './cloud.ts'
import { HOSTED_ROWS } from './hosted.ts'
import { OWN_SERVER_ROWS } from './own-server.ts'
import type { Bad, Row } from './preset-row.ts'

const ELSEWHERE = 'https://elsewhere.example/mcp'

export const ROWS: readonly Row[] = [...HOSTED_ROWS, ...CLOUD_ROWS, ...OWN_SERVER_ROWS]

/** Tokens that every preset rejects. */
export const NEVER: readonly Bad[] = [
  { title: 'a token for another resource', claims: { aud: ELSEWHERE }, code: 'token_audience' },
  { title: 'an empty aud', claims: { aud: [] }, code: 'token_audience' },
  {
    title: 'no aud and no known client',
    claims: { aud: undefined, client_id: 'stranger' },
    code: 'token_audience',
  },
  {
    title: 'an issuer from elsewhere',
    claims: { iss: 'https://elsewhere.example' },
    code: 'token_issuer',
  },
  { title: 'an expired token', claims: { exp: START - 60 }, code: 'token_expired' },
  { title: 'a token without exp', claims: { exp: undefined }, code: 'token_claims' },
  {
    title: 'a bound token without proof',
    claims: { cnf: { jkt: 'x' } },
    code: 'binding_unsupported',
  },
]
