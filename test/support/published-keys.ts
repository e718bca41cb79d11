/** Scenes whose issuer publishes given keys, and tokens for them. */

import { goodClaims, type SigningKey, sign } from './issuer.ts'
import { createScene, type Scene, type SceneOptions } from './scene.ts'

/** A scene whose issuer publishes exactly these keys. */
export async function publishing(
  keys: readonly unknown[],
  options: SceneOptions = {},
): Promise<Scene> {
  const scene = await createScene(options)
  scene.issuer.respondAt('https://as.example/jwks', () => Response.json({ keys }))
  return scene
}

export function tokenOf(key: SigningKey, header: Record<string, unknown> = {}): Promise<string> {
  return sign(goodClaims(), { header }, key)
}

export async function present(scene: Scene, token: string | Promise<string>): Promise<Response> {
  return scene.ask(`Bearer ${await token}`)
}
