import type { XmcpConfig } from 'xmcp'

const config: XmcpConfig = {
  http: { host: process.env['HOST'] ?? '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) },
  paths: { prompts: false, resources: false },
}

export default config
