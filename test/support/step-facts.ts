import type { StepFacts } from '../clients/observe.ts'

/** A step in which a client of `npm run clients` sends no request and hears nothing. */
export const NOTHING: StepFacts = {
  heard: '',
  logins: [],
  clientIds: [],
  resources: [],
  loginsAtNext: 0,
  registrations: 0,
  refreshes: [],
  calls: [],
}
