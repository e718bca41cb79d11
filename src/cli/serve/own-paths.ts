/** The paths at which `serve` responds itself. */

export const HEALTH_PATH = '/healthz'
/** Where the servers behind the gateway find the keys of identity JWTs. */
export const KEYS_PATH = '/.well-known/gatehouse-keys.json'
export const OWN_PATHS: readonly string[] = [HEALTH_PATH, KEYS_PATH]
