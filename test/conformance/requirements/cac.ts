import type { Area } from '../requirements.ts'

export const CAC: Area = {
  id: 'CAC',
  title: 'Caches and fetching',
  rows: [
    {
      id: 'CAC-01',
      level: 'SHOULD',
      derived: true,
      says: 'No refusal is stored.',
      spec: 'RFC 9111 §5.2.2.5; RFC 9110 §15.1',
    },
    {
      id: 'CAC-02',
      level: 'MUST',
      derived: true,
      says: 'We add nothing that lets a shared cache keep an authenticated answer.',
      spec: 'RFC 9111 §3.5',
    },
    {
      id: 'CAC-03',
      level: 'SHOULD',
      says: 'Metadata says how long it is fresh.',
      spec: 'RFC 9728 §7.10; RFC 9111 §5.2.2.1',
    },
    {
      id: 'CAC-04',
      level: 'SHOULD',
      derived: true,
      says: '404 and 405 at well-known places are not kept by accident.',
      spec: 'RFC 9110 §15.1; RFC 9111 §4.2.2',
    },
    {
      id: 'CAC-05',
      level: 'SHOULD',
      says: 'Remote documents are as fresh as they say, within bounds.',
      spec: 'RFC 9111 §4.2, §5.2.2; OpenID Connect Core §10.1.1',
    },
    {
      id: 'CAC-06',
      level: 'SHOULD',
      derived: true,
      says: 'Fetches are shared, bounded in time and size, backed off, and survive an outage for a bounded time.',
      spec: 'RFC 9111 §4.2.4',
    },
  ],
}
