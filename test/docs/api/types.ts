/** Types as a reader wants them: what the sources say, with links to what it names. */

import ts from 'typescript'
import { ROOT } from '../snippets.ts'
import type { Meaning, Published, Surface } from './surface.ts'

/** A piece of a type's text: what it says, and the published name it is. */
export interface Piece {
  readonly text: string
  readonly published?: Published
}

type Callable = ts.SignatureDeclarationBase & ts.Node

/** The text of a type on one line, in pieces. What an optional member may be anyway is left out. */
export function piecesOf(type: ts.TypeNode, isOptional: boolean, surface: Surface): Piece[] {
  const shown = isOptional ? withoutUndefined(type) : [type]
  return shown.flatMap((part, index) => [
    ...(index > 0 ? [{ text: ' | ' }] : []),
    ...linked(part, surface),
  ])
}

function withoutUndefined(type: ts.TypeNode): ts.TypeNode[] {
  if (!ts.isUnionTypeNode(type)) return [type]
  const rest = type.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
  const [only] = rest
  // Alone, a function needs no parentheses.
  return rest.length === 1 && only && ts.isParenthesizedTypeNode(only) ? [only.type] : rest
}

/** The same of a method: what it takes and gives. */
export function piecesOfMethod(
  method: ts.MethodSignature | ts.MethodDeclaration,
  surface: Surface,
): Piece[] {
  const { type } = method
  const start = method.questionToken?.getEnd() ?? method.name.getEnd()
  if (type === undefined) return linked(method, surface, start)
  const end = method.getSourceFile().text.lastIndexOf(')', type.getStart()) + 1
  return [...linked(method, surface, start, end), { text: ' => ' }, ...linked(type, surface)]
}

function linked(
  node: ts.Node,
  surface: Surface,
  start = node.getStart(),
  end = node.getEnd(),
): Piece[] {
  const text = node.getSourceFile().text
  const pieces: Piece[] = []
  let at = start
  for (const name of namesIn(node)) {
    const meaning = surface.meaning(name)
    if (meaning === undefined || 'local' in meaning || name.getEnd() > end) continue
    pieces.push({ text: flat(text.slice(at, name.getStart())) })
    pieces.push({ text: name.getText(), published: meaning })
    at = name.getEnd()
  }
  pieces.push({ text: flat(text.slice(at, end)) })
  const [first, ...rest] = pieces
  return [{ ...first, text: first?.text.replace(/^\| /, '') ?? '' }, ...rest].filter(
    (piece) => piece.text !== '',
  )
}

/** On one line, where members of an object need something between them. */
function flat(text: string): string {
  return text
    .replaceAll(/(?<=[\w>)\]'])\n\s*(?=[\w'])/g, '; ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('( ', '(')
    .replaceAll(', )', ')')
}

/** Every published name that these nodes mention, once, in the order of mention. */
export function mentionsOf(nodes: readonly ts.Node[], surface: Surface): Published[] {
  const found = reach(nodes, surface).flatMap((each) => ('local' in each ? [] : [each]))
  return [...new Set(found)]
}

/** The types that are not published but needed to read these nodes, as they are written. */
export function helpersOf(nodes: readonly ts.Node[], surface: Surface): string[] {
  const found = reach(nodes, surface).flatMap((each) => ('local' in each ? [each.local] : []))
  return [...new Set(found)].map((each) => each.getText().replace(/^export /, ''))
}

/** What the nodes name, and what is named by those types that are not published. */
function reach(nodes: readonly ts.Node[], surface: Surface): Meaning[] {
  const seen = new Set<ts.Node>(nodes)
  const found: Meaning[] = []
  const visit = (node: ts.Node): void => {
    for (const name of namesIn(node)) {
      const meaning = surface.meaning(name)
      if (meaning === undefined) continue
      found.push(meaning)
      if (!('local' in meaning) || seen.has(meaning.local)) continue
      if (!meaning.local.getSourceFile().fileName.startsWith(ROOT)) continue
      seen.add(meaning.local)
      visit(meaning.local)
    }
  }
  nodes.forEach(visit)
  return found
}

function namesIn(node: ts.Node): ts.Identifier[] {
  const names: ts.Identifier[] = []
  const visit = (each: ts.Node): void => {
    if (ts.isTypeReferenceNode(each) && ts.isIdentifier(each.typeName)) names.push(each.typeName)
    if (ts.isExpressionWithTypeArguments(each) && ts.isIdentifier(each.expression)) {
      names.push(each.expression)
    }
    // A name with its arguments: `Promise<AuthContext>`.
    if (!ts.isBlock(each)) ts.forEachChild(each, visit)
  }
  visit(node)
  return names
}

/** The parts of a signature that say types: not its body, and no defaults. */
export function typesOf(signature: Callable): ts.Node[] {
  const { typeParameters = [], parameters, type } = signature
  return [
    ...typeParameters,
    ...parameters.flatMap(({ type: own }) => own ?? []),
    ...(type === undefined ? [] : [type]),
  ]
}

/** A signature as a declaration file has it, without defaults and patterns; long ones on several lines. */
export function signatureText(lead: string, signature: Callable, names: readonly string[]): string {
  const { typeParameters, parameters, type } = signature
  const generics = typeParameters?.map((each) => each.getText()).join(', ')
  const given = parameters.map((each, index) => {
    const name = ts.isIdentifier(each.name) ? each.name.text : (names[index] ?? '')
    const mark = each.questionToken || each.initializer ? '?' : ''
    const rest = each.dotDotDotToken ? '...' : ''
    return `${rest}${name}${mark}: ${each.type?.getText() ?? 'unknown'}`
  })
  const begin = `${lead}${generics === undefined ? '' : `<${generics}>`}(`
  const end = `)${type === undefined ? '' : `: ${type.getText()}`}`
  const line = begin + given.join(', ') + end
  if (line.length <= 88 && !line.includes('\n')) return line
  return [begin, ...given.map((each) => `  ${each},`), end].join('\n')
}
