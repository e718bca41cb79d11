/** What the terminal of Cline does, without its model: it logs in, and calls tools. */
import { writeFileSync } from 'node:fs'
import {
  authorizeMcpServerOAuth,
  createDefaultMcpServerClientFactory,
  InMemoryMcpManager,
  registerMcpServersFromSettingsFile,
} from '@cline/core'
import { callInEachStep, visit } from './control.mjs'

const url = process.argv[2]
const filePath = `${process.env.HOME}/settings-${new URL(url).port}.json`
const settings = { mcpServers: { notes: { transport: { type: 'streamableHttp', url } } } }
// A second session finds the login of the first.
try {
  writeFileSync(filePath, JSON.stringify(settings), { flag: 'wx' })
} catch {}
console.log(await authorizeMcpServerOAuth({ serverName: 'notes', filePath, openUrl: visit }))
const clientFactory = createDefaultMcpServerClientFactory({ settingsPath: filePath })
const manager = new InMemoryMcpManager({ clientFactory })
await registerMcpServersFromSettingsFile(manager, { filePath })
await callInEachStep((toolName, args) =>
  manager.callTool({ serverName: 'notes', toolName, arguments: args }),
)
