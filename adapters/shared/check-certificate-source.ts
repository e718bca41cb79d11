/** What Deno and Bun have in common: they show nobody the certificate of a client. */

import { ConfigError, type ProtectedResource } from '../../src/index.ts'

/**
 * Refuses resources that nobody could ever get in to: now, and not by a 401 to everyone. What a
 * function chooses is unknown yet, and passes.
 *
 * @throws {ConfigError} If a resource requires client certificates and names no proxy to show them.
 */
export function refuseHiddenCertificates(
  resource: ProtectedResource | readonly ProtectedResource[] | ((...args: never) => unknown),
  host: string,
): void {
  const message = `requires client certificates, which ${host}() does not show; terminate TLS at a proxy and name its header in dangerouslyTrustHeader`
  const problems = [resource]
    .flat()
    .flatMap((each, index) =>
      typeof each === 'object' && 'requiresCertificate' in each && each.requiresCertificate
        ? [{ path: `resources[${index}].mtls`, message }]
        : [],
    )
  if (problems.length > 0) throw new ConfigError(problems)
}
