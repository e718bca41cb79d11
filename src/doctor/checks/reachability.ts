/** Checks that clients in data centres, such as Claude and ChatGPT on the web, can reach the URL. */

import { isLoopback } from '../../lib/safe-url.ts'
import { isPrivateHost } from '../collect/url-guard.ts'
import type { Evidence } from '../evidence.ts'
import { checksOf, type Meaning, pass, warn } from '../finding.ts'

const HOSTED: Meaning = {
  claude: 'Claude on the web and on phones cannot connect; Claude Code in the same network can.',
  chatgpt: 'It cannot connect.',
  vscode: 'Not affected in the same network.',
  browser: 'Not affected in the same network.',
}

export const REACHABILITY = checksOf<Evidence>('Connection', [
  {
    id: 'public-host',
    spec: 'RFC 6761; RFC 6762 §3; RFC 1918 §3',
    means: HOSTED,
    remedy: 'Give hosted clients a URL with a public host name, such as that of a tunnel.',
    evaluate: ({ url }) => {
      if (isLoopback(url)) return pass('The host is this machine: hosted clients cannot reach it.')
      return isPrivateHost(url.hostname)
        ? warn(`The host ${url.hostname} exists in a private network only.`)
        : pass('The host name is public.')
    },
  },
  {
    id: 'public-port',
    spec: 'RFC 9110 §4.2.2',
    means: HOSTED,
    remedy: 'Serve the URL on port 443.',
    evaluate: ({ url }) => {
      if (isLoopback(url) || url.protocol !== 'https:') return undefined
      return url.port === ''
        ? pass('The port is 443.')
        : warn(`The port is ${url.port}: hosted clients connect to port 443.`)
    },
  },
])
