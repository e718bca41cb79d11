import type { Area } from '../requirements.ts'

export const CAC: Area = {
  id: 'CAC',
  title: 'Caches and fetching',
  rows: [
    {
      id: 'CAC-01',
      level: 'SHOULD',
      derived: true,
      says: 'Rejections are not cached.',
      spec: 'RFC 9111 §5.2.2.5; RFC 9110 §15.1',
    },
    {
      id: 'CAC-02',
      level: 'MUST',
      derived: true,
      says: 'The library adds no header field that lets a shared cache store an authenticated response.',
      spec: 'RFC 9111 §3.5',
    },
    {
      id: 'CAC-03',
      level: 'SHOULD',
      says: 'Metadata states how long it is fresh.',
      spec: 'RFC 9728 §7.10; RFC 9111 §5.2.2.1',
    },
    {
      id: 'CAC-04',
      level: 'SHOULD',
      derived: true,
      says: 'A 404 or 405 at a well-known URL is not cached.',
      spec: 'RFC 9110 §15.1; RFC 9111 §4.2.2',
    },
    {
      id: 'CAC-05',
      level: 'SHOULD',
      says: 'The freshness lifetime of a remote document is that of its response, within bounds.',
      spec: 'RFC 9111 §4.2, §5.2.2; OpenID Connect Core §10.1.1',
    },
    {
      id: 'CAC-06',
      level: 'SHOULD',
      derived: true,
      says: 'Fetches are shared, limited in time and size, and backed off; during an outage the last copy is used for a limited time.',
      spec: 'RFC 9111 §4.2.4',
    },
  ],
}
