/** The requirements of the standards for a protected resource. Titles of tests begin with their ids. */

import { ASM } from './requirements/asm.ts'
import { CAC } from './requirements/cac.ts'
import { COR } from './requirements/cor.ts'
import { DPO } from './requirements/dpo.ts'
import { ERR } from './requirements/err.ts'
import { INT } from './requirements/int.ts'
import { JWK } from './requirements/jwk.ts'
import { JWT } from './requirements/jwt.ts'
import { MTL } from './requirements/mtl.ts'
import { PRM } from './requirements/prm.ts'
import { REQ } from './requirements/req.ts'
import { SCO } from './requirements/sco.ts'
import { SEC } from './requirements/sec.ts'
import { TRN } from './requirements/trn.ts'

export interface Requirement {
  readonly id: string
  readonly level: 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT' | 'MAY'
  /** No keyword of the standard says it: our conclusion from the paragraph. */
  readonly derived?: true
  readonly says: string
  readonly spec: string
  /** How revisions of MCP differ, where they do. */
  readonly revisions?: string
}

export interface Area {
  /** What the ids begin with. */
  readonly id: string
  readonly title: string
  readonly rows: readonly Requirement[]
}

export const AREAS: readonly Area[] = [
  PRM,
  ASM,
  JWK,
  JWT,
  REQ,
  ERR,
  SCO,
  INT,
  DPO,
  MTL,
  COR,
  CAC,
  TRN,
  SEC,
]

export const REQUIREMENTS: readonly Requirement[] = AREAS.flatMap(({ rows }) => rows)
