/** AWS Lambda with serverless-http. */

import { createMcpHandler } from '@modelcontextprotocol/server'
import express from 'express'
import { protect } from 'mcp-gatehouse/node'
import serverless from 'serverless-http'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer, { responseMode: 'json' })

const app = express()
app.use(protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth })))

export const handler = serverless(app)
