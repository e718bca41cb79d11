/** A resource whose operations are decided by functions of the application, with a short time limit. */

import type { OperationPolicy } from '../../src/index.ts'
import { createScene, type Scene, type SceneOptions } from './scene.ts'

/** @param operations Loosely typed: many tests return what the types do not allow. */
export function createDecisionScene(
  operations: unknown,
  options: SceneOptions = {},
): Promise<Scene> {
  return createScene({
    requiredScopes: ['read'],
    operations: operations as OperationPolicy,
    decisionTimeoutMs: 50,
    ...options,
  })
}
