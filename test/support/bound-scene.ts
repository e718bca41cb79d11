/** A resource with DPoP, a token that is bound to a key, and requests with that token and a proof. */

import type { DpopOptions } from '../../src/index.ts'
import { boundToken, type Holder, type ProofChanges, prove } from './holder.ts'
import { createScene, type Scene, type SceneOptions } from './scene.ts'

export interface BoundScene {
  readonly scene: Scene
  readonly token: string
  /** Sends the token with a proof that differs from a valid one by these changes. */
  readonly show: (changes?: ProofChanges, init?: RequestInit) => Promise<Response>
}

export async function createBoundScene(
  holder: Holder,
  dpop: boolean | DpopOptions = true,
  options: SceneOptions = {},
): Promise<BoundScene> {
  const scene = await createScene({ dpop, ...options })
  const token = await boundToken(scene.issuer, holder)
  const show: BoundScene['show'] = async (changes, init) =>
    scene.ask(undefined, { ...init, headers: await prove(holder, token, changes) })
  return { scene, token, show }
}
