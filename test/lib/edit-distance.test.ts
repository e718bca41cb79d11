import { expect, test } from 'vitest'
import { editDistance, nearestName } from '../../src/lib/edit-distance.ts'

test.each([
  ['domain', 'domain', 0],
  ['domian', 'domain', 2],
  ['domai', 'domain', 1],
  ['domains', 'domain', 1],
  ['', 'realm', 5],
  ['realm', '', 5],
])('editDistance(%j, %j) is %i', (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance)
})

test.each([
  ['domian', undefined],
  ['DOMAIN', 'domain'],
  ['domains', 'domain'],
  ['clientid', 'clientId'],
  ['client_id', 'clientId'],
  ['clientIdss', 'clientIds'],
  ['', undefined],
])('nearestName(%j) is %j', (name, nearest) => {
  expect(nearestName(name, ['domain', 'clientId', 'clientIds'])).toBe(nearest)
})
