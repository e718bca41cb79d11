import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { bearerAuth, metadata } from 'mcp-gatehouse/node'
import { PORT } from '../listen.ts'
import { notes } from '../notes.ts'
import { Challenges } from './nest-challenges.ts'
import { mcp, NotesModule } from './nest-tools.ts'

const app = await NestFactory.create(NotesModule, { logger: ['error'] })
app.use(metadata(notes))
app.use('/mcp', bearerAuth(notes))
app.useGlobalFilters(new Challenges(app.getHttpAdapter()))
mcp.setHttpAdapter(app.getHttpAdapter())
app.connectMicroservice({ strategy: mcp })
await app.startAllMicroservices()
await app.listen(PORT, '127.0.0.1')

console.log(await app.getUrl())
