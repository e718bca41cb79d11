/** A resource with scopes for operations, some of them public. */

import { expect } from 'vitest'
import type { Scene, SceneOptions } from './scene.ts'

export const OPERATIONS = {
  'tools/call delete_note': ['write'],
  'tools/call search': { anyOf: ['search', 'admin'] },
  'resources/read file:///secret': ['secret'],
  'tools/call help': 'public',
  'tools/list': 'public',
  initialize: 'public',
  'notifications/initialized': 'public',
} as const

export const GUARDED: SceneOptions = { requiredScopes: ['read'], operations: OPERATIONS }

/** One tool that needs `write`, and one that is public. */
export const DELETE_AND_HELP = {
  requiredScopes: ['read'],
  operations: { 'tools/call delete': ['write'], 'tools/call help': 'public' },
} as const satisfies SceneOptions

export const MIXED: SceneOptions = { ...GUARDED, requirements: { optional: true } }

/** The context of the handler, where a request without credentials passed. */
export async function expectAnonymous(scene: Scene, pending: Promise<Response>): Promise<unknown> {
  const before = scene.runs.length
  expect((await pending).status).toBe(200)
  expect(scene.runs).toHaveLength(before + 1)
  const auth = scene.runs.at(-1)
  expect(auth).toMatchObject({ ok: true, anonymous: true, scopes: [] })
  return auth?.operations
}
