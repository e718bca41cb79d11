import { bearerAuth, metadata } from 'mcp-gatehouse/node'
import { notes } from '../../notes.ts'

export default [metadata(notes), bearerAuth(notes)]
