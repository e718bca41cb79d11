/** Rules for operations as a feature: the body is read, and each operation needs its scopes. */

import { checkOperations } from '../config/operation-rules.ts'
import { POSITIVE, TEXTS, TIMER } from '../config/option-types.ts'
import { OPERATION_DEFAULTS } from '../contract/defaults.ts'
import { createOperationRules } from '../mcp/policy.ts'
import { checkRules } from '../request/apply-rules.ts'
import { combinedRulesOf } from '../request/decide-operations.ts'
import {
  checkAnonymous,
  readOperations,
  withScopesOfOperations,
} from '../request/read-operations.ts'
import type { OperationFeature } from '../resource/feature.ts'
import { anything, objectOr, oneOf, typed } from '../schema/shapes.ts'

const REPORT_ONLY = {
  path: 'decisionMode',
  message:
    "is 'report': scopes and denials of operations are reported and not enforced; remove the option to enforce them",
}

/** The feature without options. */
export const OPERATIONS: OperationFeature = {
  kind: 'operations',
  name: 'operations',
  shapes: {
    operations: objectOr(anything(), typed('function', 'an object or a function')),
    customMethods: TEXTS,
    maxBodyBytes: POSITIVE,
    bodyTimeoutMs: TIMER,
    decisionTimeoutMs: TIMER,
    decisionMode: oneOf(['enforce', 'report']),
  },
  check: checkOperations,
  warnings: ({ decisionMode }) => (decisionMode === 'report' ? [REPORT_ONLY] : []),
  create(settings) {
    const { operations } = settings
    if (operations === undefined) return undefined
    const {
      maxBodyBytes = OPERATION_DEFAULTS.maxBodyBytes,
      bodyTimeoutMs = OPERATION_DEFAULTS.bodyTimeoutMs,
      decisionTimeoutMs = OPERATION_DEFAULTS.decisionTimeoutMs,
      decisionMode = OPERATION_DEFAULTS.decisionMode,
    } = settings
    return {
      rules: createOperationRules(operations),
      maxBodyBytes,
      bodyTimeoutMs,
      decisionTimeoutMs,
      isReportOnly: decisionMode === 'report',
      steps: {
        readOperations,
        combinedRulesOf,
        checkRules,
        checkAnonymous,
        withScopesOfOperations,
      },
    }
  },
}
