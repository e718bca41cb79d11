/** Builds docs/reference/events.md from the types in src/contract/events.ts and the tables in src/contract. */

import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { AUTH_SPEC, type AuthErrorCode } from '../../src/contract/auth-error-codes.ts'
import { WIRE_ERRORS } from '../../src/contract/error-table.ts'

export function buildEventsPage(): string {
  const events = parse('src/contract/events.ts')
  const errors = parse('src/contract/errors.ts')
  const union = aliasNamed('AuthEvent', events)
  return [
    '# Events',
    '',
    '<!-- Made by `npm run docs`. Change the comments in src/contract/events.ts instead. -->',
    '',
    'A resource calls `onEvent` for each decision, document and warning. An exception of the listener is ignored and',
    'changes no decision.',
    '',
    ...fold(commentOf(union)),
    '',
    '```ts',
    "import { protectedResource } from 'mcp-gatehouse'",
    '',
    'const notes = protectedResource({',
    "  resource: 'https://api.example.com/notes',",
    "  authorizationServers: ['https://auth.example.com'],",
    '  onEvent(event) {',
    "    if (event.type === 'refused') console.log(event.status, event.code, event.issuer)",
    '  },',
    '})',
    '```',
    '',
    ...membersOf(union).flatMap((name) => describeEvent(interfaceNamed(name, events))),
    '## Codes of rejections',
    '',
    'The client gets the status and a fixed description. The code appears in the event only.',
    '',
    '| code | status | standard |',
    '| --- | --- | --- |',
    ...Object.entries(WIRE_ERRORS).map(
      ([code, { status }]) => `| \`${code}\` | ${status} | ${AUTH_SPEC[code as AuthErrorCode]} |`,
    ),
    '',
    '## Codes of documents',
    '',
    `${commentOf(aliasNamed('UpstreamErrorCode', errors))}`,
    '',
    membersOf(aliasNamed('UpstreamErrorCode', errors))
      .map((code) => `\`${code.replaceAll("'", '')}\``)
      .join(', '),
    '',
    '## OpenTelemetry',
    '',
    '`telemetry()` of `mcp-gatehouse/otel` is a listener that reports to `@opentelemetry/api`, an optional peer',
    'dependency:',
    '',
    '```ts',
    "import { protectedResource } from 'mcp-gatehouse'",
    "import { telemetry } from 'mcp-gatehouse/otel'",
    '',
    'const notes = protectedResource({',
    "  resource: 'https://api.example.com/notes',",
    "  authorizationServers: ['https://auth.example.com'],",
    '  onEvent: telemetry(),',
    '  measureDurations: true,',
    '})',
    '```',
    '',
    '| instrument | kind | attributes |',
    '| --- | --- | --- |',
    '| `mcp_gatehouse.decisions` | counter | `mcp_gatehouse.outcome`, `mcp_gatehouse.resource`, `mcp_gatehouse.issuer`; accepted: `mcp_gatehouse.cached`; refused: `error.type`, `http.response.status_code`, and `mcp_gatehouse.logout` for logout tokens |',
    '| `mcp_gatehouse.decision.duration` | histogram, seconds | the same |',
    '| `mcp_gatehouse.documents` | counter | `mcp_gatehouse.outcome`, `mcp_gatehouse.issuer`, `error.type` |',
    '| `mcp_gatehouse.warnings` | counter | `mcp_gatehouse.option` |',
    '',
    'Two of them deserve an alert: `mcp_gatehouse.documents` with outcome `stale` (the authorization server cannot be',
    'reached and an old copy is in use), and `mcp_gatehouse.decisions` with `error.type` `unavailable`.',
    '',
  ].join('\n')
}

function describeEvent(event: ts.InterfaceDeclaration): string[] {
  const [type, ...members] = event.members.filter(ts.isPropertySignature)
  return [
    `## ${textOf(type?.type).replaceAll("'", '`')}`,
    '',
    commentOf(event),
    '',
    '| member | type | |',
    '| --- | --- | --- |',
    ...members.map((member) => {
      const name = `\`${member.name.getText()}${member.questionToken ? '?' : ''}\``
      return `| ${name} | ${cell(typeOf(member))} | ${cell(commentOf(member))} |`
    }),
    '',
  ]
}

/** A list is written as "list of", the other types as code. */
function typeOf({ type }: ts.PropertySignature): string {
  const text = textOf(type).replace(/\s+/g, ' ').replace(/^\| /, '')
  return text === 'readonly string[]' ? 'list of `string`' : `\`${text}\``
}

/** One sentence for each line, so that lines stay short. */
function fold(text: string): string[] {
  return text.split(/(?<=\.) /)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function parse(path: string): ts.SourceFile {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
}

function interfaceNamed(name: string, file: ts.SourceFile): ts.InterfaceDeclaration {
  const found = file.statements.find(
    (each): each is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(each) && each.name.text === name,
  )
  if (found === undefined) throw new Error(`There is no interface ${name} in ${file.fileName}`)
  return found
}

function aliasNamed(name: string, file: ts.SourceFile): ts.TypeAliasDeclaration {
  const found = file.statements.find(
    (each): each is ts.TypeAliasDeclaration =>
      ts.isTypeAliasDeclaration(each) && each.name.text === name,
  )
  if (found === undefined) throw new Error(`There is no type ${name} in ${file.fileName}`)
  return found
}

function membersOf({ type }: ts.TypeAliasDeclaration): string[] {
  return ts.isUnionTypeNode(type) ? type.types.map(textOf) : [textOf(type)]
}

function textOf(node: ts.Node | undefined): string {
  return node?.getText() ?? ''
}

function commentOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node)
  const text = typeof comment?.comment === 'string' ? comment.comment : ''
  if (text === '') throw new Error(`${textOf(node).slice(0, 60)} has no comment`)
  return text.replace(/\s+/g, ' ')
}
