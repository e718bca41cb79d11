import type { Area } from '../requirements.ts'

export const MTL: Area = {
  id: 'MTL',
  title: 'Certificate-bound tokens',
  rows: [
    {
      id: 'MTL-01',
      level: 'MUST',
      says: 'The certificate is that of the TLS connection, or that in the header field of a trusted proxy.',
      spec: 'RFC 8705 §3, §6.5; RFC 9440',
    },
    {
      id: 'MTL-02',
      level: 'MUST',
      says: 'The token’s thumbprint is that of the certificate, exactly.',
      spec: 'RFC 8705 §3.1, §3.2',
    },
    {
      id: 'MTL-03',
      level: 'MUST',
      says: 'A wrong or missing certificate is 401 with `invalid_token`.',
      spec: 'RFC 8705 §3',
    },
    {
      id: 'MTL-04',
      level: 'MAY',
      says: 'The binding needs no chain of trust.',
      spec: 'RFC 8705 §6.2',
    },
  ],
}
