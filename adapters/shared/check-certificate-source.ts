/** For hosts that do not show client certificates: Deno and Bun. */

import { ConfigError, type ProtectedResource } from '../../src/index.ts'

/**
 * Rejects resources that would reject every request. A resource that a function chooses is
 * not known yet, and is not checked.
 *
 * @throws {ConfigError} If a resource requires client certificates and names no proxy header for them.
 */
export function checkCertificateSource(
  resource: ProtectedResource | readonly ProtectedResource[] | ((...args: never) => unknown),
  host: string,
): void {
  const message = `requires client certificates, which ${host}() does not show; terminate TLS at a proxy and name its header in dangerouslyTrustHeader`
  const problems = [resource]
    .flat()
    .flatMap((each, index) =>
      typeof each === 'object' &&
      each !== null &&
      'requiresCertificate' in each &&
      each.requiresCertificate
        ? [{ path: `resources[${index}].mtls`, message }]
        : [],
    )
  if (problems.length > 0) throw new ConfigError(problems)
}
