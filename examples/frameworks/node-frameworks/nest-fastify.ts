import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { gatehouse } from 'mcp-gatehouse/fastify'
import { PORT } from '../listen.ts'
import { notes } from '../notes.ts'
import { Challenges } from './nest-challenges.ts'
import { mcp, NotesModule } from './nest-tools.ts'

const options = { logger: ['error' as const] }
const app = await NestFactory.create<NestFastifyApplication>(
  NotesModule,
  new FastifyAdapter(),
  options,
)
await app.register(gatehouse, { resource: notes })
app.useGlobalFilters(new Challenges(app.getHttpAdapter()))
mcp.setHttpAdapter(app.getHttpAdapter())
app.connectMicroservice({ strategy: mcp })
await app.startAllMicroservices()
await app.listen(PORT, '127.0.0.1')

console.log(await app.getUrl())
