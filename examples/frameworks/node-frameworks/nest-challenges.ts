/** A filter of NestJS: an AuthError of a controller becomes its challenge. Without it, NestJS answers 500. */

import { type ArgumentsHost, Catch } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import { isAuthError } from 'mcp-gatehouse'
import { authErrors } from 'mcp-gatehouse/node'
import { notes } from '../notes.ts'

const challenge = authErrors(notes)

@Catch()
export class Challenges extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost) {
    if (!isAuthError(error)) return super.catch(error, host)
    const [request, response] = host.getArgs()
    // Fastify's request and reply hold those of Node.
    response.hijack?.()
    challenge(error, request.raw ?? request, response.raw ?? response, () => response.destroy())
  }
}
