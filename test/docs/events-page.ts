/** docs/reference/events.md: made of the types in src/contract/events.ts and the tables in src/contract/errors.ts. */

import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { AUTH_ERRORS } from '../../src/contract/errors.ts'

export function buildEventsPage(): string {
  const events = parse('src/contract/events.ts')
  const errors = parse('src/contract/errors.ts')
  const union = aliasNamed('AuthEvent', events)
  return [
    '# Events',
    '',
    '<!-- Made by `npm run docs`. Change the comments in src/contract/events.ts instead. -->',
    '',
    'A resource tells `onEvent` what it did. A listener is only told: what it throws changes nothing.',
    '',
    ...fold(commentOf(union)),
    '',
    '```ts',
    'protectedResource({',
    '  // …',
    '  onEvent: (event) => {',
    "    if (event.type === 'refused') console.log(event.status, event.code, event.issuer)",
    '  },',
    '})',
    '```',
    '',
    ...membersOf(union).flatMap((name) => describeEvent(interfaceNamed(name, events))),
    '## Codes of refusals',
    '',
    'The client is told the status and a fixed sentence; the code is for you.',
    '',
    '| code | status | standard |',
    '| --- | --- | --- |',
    ...Object.entries(AUTH_ERRORS).map(
      ([code, { status, spec }]) => `| \`${code}\` | ${status} | ${spec} |`,
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
    '`telemetry()` of `mcp-gatehouse/otel` is such a listener, with `@opentelemetry/api` beside it:',
    '',
    '```ts',
    "import { telemetry } from 'mcp-gatehouse/otel'",
    '',
    'protectedResource({',
    '  // …',
    '  onEvent: telemetry(),',
    '  measureDurations: true,',
    '})',
    '```',
    '',
    '| instrument | kind | attributes |',
    '| --- | --- | --- |',
    '| `mcp_gatehouse.decisions` | counter | `mcp_gatehouse.outcome`, `mcp_gatehouse.resource`, `mcp_gatehouse.issuer`; accepted: `mcp_gatehouse.cached`; refused: `error.type`, `http.response.status_code` |',
    '| `mcp_gatehouse.decision.duration` | histogram, seconds | the same |',
    '| `mcp_gatehouse.documents` | counter | `mcp_gatehouse.outcome`, `mcp_gatehouse.issuer`, `error.type` |',
    '| `mcp_gatehouse.warnings` | counter | `mcp_gatehouse.option` |',
    '',
    'Worth an alert: `mcp_gatehouse.documents` with outcome `stale` (the authorization server is out of reach and',
    'an old copy serves on), and `mcp_gatehouse.decisions` with `error.type` `unavailable`.',
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

/** Lists are told apart from the rest by words, since `readonly string[]` says little to a reader. */
function typeOf({ type }: ts.PropertySignature): string {
  const text = textOf(type).replace(/\s+/g, ' ').replace(/^\| /, '')
  return text === 'readonly string[]' ? 'list of `string`' : `\`${text}\``
}

/** A sentence a line: no line of the page is wider than a screen. */
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
