/** AWS Lambda with @vendia/serverless-express. */

import { createMcpHandler } from '@modelcontextprotocol/server'
import { configure } from '@vendia/serverless-express'
import express from 'express'
import { protect } from 'mcp-gatehouse/node'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

const app = express()
app.use(protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth })))

export const handler = configure({ app })
