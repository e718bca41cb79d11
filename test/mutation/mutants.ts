/** The mutations: the replacements of each node of a syntax tree. */

import ts from 'typescript'

/** The replacement of a node; `undefined` removes the statement. */
export type Replacement = string | undefined

const BINARY: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '==': ['!='],
  '!=': ['=='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '+=': ['-='],
  '-=': ['+='],
  '|=': ['&='],
  '??=': ['='],
  '=': [],
}

/** Either side alone does: `a && b` without one of its conditions, `a ?? b` without its fallback. */
const EITHER_SIDE = new Set(['&&', '||', '??'])

const METHODS = new Map(
  Object.entries({
    every: 'some',
    some: 'every',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
    min: 'max',
    max: 'min',
    floor: 'ceil',
    ceil: 'floor',
    indexOf: 'lastIndexOf',
    lastIndexOf: 'indexOf',
  }),
)

/** Methods that mostly return the value they are called on. */
const POLISHING = new Set([
  ...['filter', 'map', 'slice', 'trim', 'trimStart', 'trimEnd', 'toLowerCase', 'toUpperCase'],
  ...['sort', 'toSorted', 'reverse', 'replace', 'replaceAll', 'normalize', 'concat', 'finally'],
])

/** Functions that mostly return their argument. */
const WRAPPING = new Set(['Object.freeze', 'encodeURIComponent', 'decodeURIComponent'])

/** The replacements of a node, as source text. */
export function replacementsOf(node: ts.Node, file: ts.SourceFile): readonly Replacement[] {
  if (isFixed(node)) return []
  const found = [...own(node, file), ...fromPlace(node, file)]
  return [...new Set(found)].filter((each) => each !== node.getText(file))
}

/** Whether a node must stay: types, names, targets of assignments and links of optional chains. */
export function isFixed(node: ts.Node): boolean {
  const { parent } = node
  if (ts.isPropertyAssignment(parent) && parent.name === node) return true
  if (ts.isBinaryExpression(parent) && parent.left === node && isAssignment(parent)) return true
  if (ts.isTaggedTemplateExpression(parent)) return true
  return isInnerLink(node) || (ts.isCallExpression(parent) && parent.expression === node)
}

/** Skips types, which do not exist at run time, and imports. */
export function isSkipped(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isTypeParameterDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isHeritageClause(node)
  )
}

function own(node: ts.Node, file: ts.SourceFile): readonly Replacement[] {
  const text = (each: ts.Node) => each.getText(file)
  if (ts.isBinaryExpression(node)) return ofBinary(node, text)
  if (ts.isPrefixUnaryExpression(node)) {
    return [ts.SyntaxKind.ExclamationToken, ts.SyntaxKind.MinusToken].includes(node.operator)
      ? [text(node.operand)]
      : []
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false']
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ['true']
  if (ts.isNumericLiteral(node)) return ofNumber(Number(node.text))
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    return isTypeName(node) || ts.isArrayLiteralExpression(node.parent)
      ? []
      : [node.text === '' ? "'mutant'" : "''"]
  }
  if (ts.isTemplateExpression(node)) return ["''"]
  if (ts.isRegularExpressionLiteral(node)) return ofPattern(node.text)
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.map((left) => `[${others(node.elements, left).map(text).join(', ')}]`)
  }
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.map(
      (left) => `({ ${others(node.properties, left).map(text).join(', ')} })`,
    )
  }
  if (ts.isCallExpression(node)) return [...ofCall(node, text), ...ofChain(node, file)]
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    return ofChain(node, file)
  }
  const isStep =
    ts.isExpressionStatement(node) ||
    ts.isThrowStatement(node) ||
    ts.isContinueStatement(node) ||
    ts.isBreakStatement(node)
  return isStep ? [undefined] : []
}

/** The replacements that depend on the position of a node. */
function fromPlace(node: ts.Node, file: ts.SourceFile): readonly Replacement[] {
  const { parent } = node
  if (isConditionOf(node, parent)) return isLoop(parent) ? ['false'] : ['true', 'false']
  const isReturned =
    (ts.isReturnStatement(parent) && parent.expression === node) ||
    (ts.isArrowFunction(parent) && parent.body === node && !ts.isBlock(node))
  if (isReturned) {
    const isPlain = ['true', 'false', 'undefined', 'null'].includes(node.getText(file))
    return isPlain ? [] : ['undefined']
  }
  return ts.isForOfStatement(parent) && parent.expression === node ? ['[]'] : []
}

function ofBinary(node: ts.BinaryExpression, text: (node: ts.Node) => string): string[] {
  const [left, sign, right] = [node.left, node.operatorToken, node.right].map(text)
  if (left === undefined || sign === undefined || right === undefined) return []
  const isJoin =
    sign === '+' && [node.left, node.right].some((each) => ts.isStringLiteralLike(each))
  const signs = isJoin ? [] : (BINARY[sign] ?? [])
  // `in` and `instanceof` are mutated as conditions.
  const swapped = signs.map((each) => `${parted(left)} ${each} ${parted(right)}`)
  return EITHER_SIDE.has(sign) ? [...swapped, left, right] : swapped

  // Brackets keep the precedence under the new operator.
  function parted(operand: string): string {
    return sign !== undefined && EITHER_SIDE.has(sign) ? `(${operand})` : operand
  }
}

function ofNumber(value: number): string[] {
  if (!Number.isInteger(value)) return [String(value * 2), String(value / 2)]
  return value === 0 ? ['1'] : [String(value + 1), String(value - 1)]
}

function ofPattern(literal: string): string[] {
  const end = literal.lastIndexOf('/')
  const [body, flags] = [literal.slice(1, end), literal.slice(end + 1)]
  const bodies = [...body.matchAll(/\^(?!\])|\$|(?<!\\)[+*](?!\?)|\(\?!|\(\?=|\[\^|,(\d+)\}/g)]
    .filter(({ 0: found, index }) => found !== '^' || body[index - 1] !== '[')
    .filter(({ index }) => body[index - 1] !== '\\' && !isInClass(body, index))
    .map(({ 0: found, 1: most, index }) => {
      const instead = most === undefined ? (PATTERN_PARTS[found] ?? '') : `,${Number(most) + 1}}`
      return body.slice(0, index) + instead + body.slice(index + found.length)
    })
  return [
    ...bodies.filter((each) => each !== '').map((each) => `/${each}/${flags}`),
    ...[...flags]
      .filter((flag) => flag !== 'v')
      .map((flag) => `/${body}/${flags.replace(flag, '')}`),
  ]
}

const PATTERN_PARTS: Readonly<Record<string, string>> = {
  '+': '*',
  '*': '+',
  '(?!': '(?=',
  '(?=': '(?!',
  '[^': '[',
}

/** Whether a position of a pattern is inside square brackets. */
function isInClass(body: string, index: number): boolean {
  const before = body.slice(0, index).replaceAll(/\\./g, '  ')
  return before.lastIndexOf('[') > before.lastIndexOf(']')
}

function ofCall(node: ts.CallExpression, text: (node: ts.Node) => string): string[] {
  const callee = node.expression
  if (!ts.isPropertyAccessExpression(callee)) {
    const [only] = node.arguments
    return only !== undefined && WRAPPING.has(text(callee)) ? [text(only)] : []
  }
  const [receiver, name] = [text(callee.expression), callee.name.text]
  const args = node.arguments.map(text)
  const other = METHODS.get(name)
  const found: string[] = []
  if (other !== undefined) found.push(`${receiver}.${other}(${args.join(', ')})`)
  if (POLISHING.has(name) && callee.questionDotToken === undefined) found.push(receiver)
  if (WRAPPING.has(`${receiver}.${name}`)) found.push(...args.slice(0, 1))
  if (`${receiver}.${name}` === 'Object.hasOwn') found.push(`${args[1]} in ${args[0]}`)
  return found
}

/** The chain without one of its question marks. */
function ofChain(node: ts.Node, file: ts.SourceFile): string[] {
  if (!ts.isOptionalChain(node)) return []
  const found: string[] = []
  for (let link: ts.Node = node; ts.isOptionalChain(link); link = link.expression) {
    const mark = ts.isNonNullChain(link) ? undefined : link.questionDotToken
    if (mark === undefined) continue
    const text = node.getText(file)
    const at = mark.getStart(file) - node.getStart(file)
    const dot = ts.isPropertyAccessExpression(link) ? '.' : ''
    found.push(text.slice(0, at) + dot + text.slice(at + 2))
  }
  return found
}

function isConditionOf(node: ts.Node, parent: ts.Node): boolean {
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent)) {
    return parent.expression === node && node.kind !== ts.SyntaxKind.TrueKeyword
  }
  return (
    (ts.isConditionalExpression(parent) || ts.isForStatement(parent)) && parent.condition === node
  )
}

export function isLoop(node: ts.Node): node is ts.IterationStatement {
  return ts.isIterationStatement(node, false)
}

/** In brackets, the rest of the chain would no longer be skipped. */
function isInnerLink(node: ts.Node): boolean {
  const { parent } = node
  return ts.isOptionalChain(parent) && parent.expression === node && ts.isOptionalChain(node)
}

function isAssignment(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
}

/** Skips the `''` mutant of `typeof x === '…'`: it equals the mutant `false`. */
function isTypeName(node: ts.Node): boolean {
  return ts.isBinaryExpression(node.parent) && ts.isTypeOfExpression(node.parent.left)
}

function others<T>(all: readonly T[], left: T): T[] {
  return all.filter((each) => each !== left)
}
