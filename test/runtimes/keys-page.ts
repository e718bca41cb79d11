/** Builds docs/runtimes.md from the table of outcomes. */

import { type Row, RUNTIMES, TABLE } from './keys-table.ts'

const STATUS: Readonly<Record<string, string>> = {
  verified: '200',
  skipped: '503',
  refused: '401',
}

export function buildRuntimesPage(): string {
  return [
    '# What each runtime verifies',
    '',
    '<!-- Made by `npm run docs`. Change test/runtimes/keys-table.ts instead. -->',
    '',
    'The signatures that the library verifies depend on the runtime, because WebCrypto verifies them. A test publishes',
    'each key on each runtime, sends a valid token that this key signed, and compares the results with these tables.',
    'The versions are those of `package-lock.json`: Node 24. What else is tested on Node 22 and 26 is in',
    '[frameworks](frameworks.md#hosts).',
    '',
    '## Status for a valid token',
    '',
    '200: the token is accepted. 503: the key is skipped with the event `document` and its outcome `key_skipped`,',
    'because the token may be valid and this runtime cannot decide it. 401: the key or the algorithm is not accepted on',
    'any runtime.',
    '',
    ...table(([guard]) => guard.map((each) => STATUS[each] ?? each)),
    '',
    'A key of the type AKP (ML-DSA, RFC 9964) must name its algorithm. Node verifies ML-DSA since version 24; there',
    'WebCrypto prints an `ExperimentalWarning` once. Node 22 skips these keys as workerd does.',
    '',
    '## WebCrypto alone',
    '',
    'This table shows the same keys and signatures with `crypto.subtle` and the published JWK. `no import`:',
    '`importKey` throws. `no verify`: the import succeeds and `verify` throws. `invalid`: `verify` returns `false` for a',
    'valid signature. The library removes members that change no signature (`alg`, `use`, `key_ops`) before the import,',
    'and tries a key once before it is used.',
    '',
    ...table(([, platform]) => platform),
    '',
    'Deno imports RSA keys of more than 4,096 bits and cannot verify with them. workerd verifies with none of more than',
    '8,192 bits ([shown](../findings/workerd-rsa-above-8192-bits.sh)). It rejects the value `Ed25519` of `alg` in a JWK',
    '([shown](../findings/workerd-refuses-jwk-exported-by-node.sh)), and takes `EdDSA`, the older name of the same algorithm.',
    'Node verifies Ed448; the library does not accept it.',
    '',
    '## Sizes of ML-DSA',
    '',
    '| algorithm | public key | signature | signature in a token |',
    '| --- | --- | --- | --- |',
    '| ML-DSA-44 | 1,312 bytes | 2,420 bytes | 3,227 characters |',
    '| ML-DSA-65 | 1,952 bytes | 3,309 bytes | 4,412 characters |',
    '| ML-DSA-87 | 2,592 bytes | 4,627 bytes | 6,170 characters |',
    '',
    'The library reads an `Authorization` field of up to 16 KiB. Node limits all fields of a request to 16 KiB together',
    '(`--max-http-header-size`), and the defaults of proxies are lower: nginx 8 KiB a field, Apache httpd 8,190 bytes.',
    'A token of ML-DSA-87 with many claims exceeds these.',
    '',
    'The token cache stores tokens of up to 4,096 characters. Tokens of ML-DSA-44 usually fit. Those of ML-DSA-65 and',
    'ML-DSA-87 do not, so each of their requests costs a verification. DPoP proofs are not accepted with ML-DSA: a proof',
    'contains the public key and the signature, and with ML-DSA-87 they exceed the limit of a proof (8 KiB).',
    '',
  ].join('\n')
}

function table(valuesOf: (rows: readonly [Row, Row]) => readonly string[]): string[] {
  return [
    `| key | ${RUNTIMES.join(' | ')} |`,
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(TABLE).map(([name, rows]) => `| ${name} | ${valuesOf(rows).join(' | ')} |`),
  ]
}
