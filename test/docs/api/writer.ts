/** One page of the API reference: declarations and their comments as markdown. */

import ts from 'typescript'
import { type Comment, commentOf, type Named } from './comments.ts'
import { headingOf, type Item, isValue, type Layout, type Page } from './layout.ts'
import { constructorsOf, isMethod, type Member, membersOf, nameOf } from './members.ts'
import type { Published, Surface } from './surface.ts'
import { cell, escapeMarkup, hang, literal, paragraphs, summaryOf } from './text.ts'
import {
  helpersOf,
  mentionsOf,
  type Piece,
  piecesOf,
  piecesOfMethod,
  signatureText,
  typesOf,
} from './types.ts'

/** Stands under the title of every page. */
export const MADE = '<!-- Made by `npm run docs`. Change the comments in the sources instead. -->'

/** Writes one page: it knows where it is, and so how to link. */
export class Writer {
  readonly #page: Page
  readonly #layout: Layout
  readonly #surface: Surface

  constructor(page: Page, layout: Layout, surface: Surface) {
    this.#page = page
    this.#layout = layout
    this.#surface = surface
  }

  page(): string {
    const { entry, sections } = this.#page
    const lines = [
      `# ${entry.specifier}`,
      '',
      MADE,
      '',
      entry.about,
      '',
      ...this.#contents(),
      ...sections.flatMap(({ title, items }) => [
        `## ${title}`,
        '',
        ...items.flatMap((item) => this.#item(item)),
      ]),
    ]
    return `${lines.join('\n').trimEnd()}\n`
  }

  /** Functions and classes with a sentence each; types by name, those of one function with it. */
  #contents(): string[] {
    const all = this.#page.sections.flatMap(({ items }) => items.map(({ published }) => published))
    const types = this.#page.sections.flatMap(({ title, items }) => {
      const names = items
        .filter(({ published, depth }) => !isValue(published) && depth === 3)
        .map(({ published }) => this.#link(published))
      return names.length === 0 ? [] : [`- ${title}: ${names.join(', ')}`]
    })
    return [
      '| functions and classes | |',
      '| --- | --- |',
      ...all.filter(isValue).map((each) => {
        const summary = summaryOf(this.#prose(commentOf(each.declarations).text))
        const target = this.#layout.linkTo(each, this.#page)
        return `| [\`${headingOf(each)}\`](${target}) | ${cell(summary)} |`
      }),
      '',
      ...(types.length < 2 ? types.map((each) => each.slice(2)) : ['Types:', '', ...types]),
      '',
    ]
  }

  #item({ published, depth }: Item): string[] {
    const comment = commentOf(published.declarations)
    const [summary = '', ...further] = paragraphs(this.#prose(comment.text))
    return [
      `${'#'.repeat(depth)} ${headingOf(published)}`,
      '',
      summary,
      '',
      ...this.#code(published, comment),
      ...further.flatMap((each) => [each, '']),
      ...this.#details(comment, published.declarations),
      ...published.declarations.flatMap((each) => this.#members(each, depth)),
      ...this.#footer(published, comment),
    ]
  }

  #code({ name, kind, declarations }: Published, comment: Comment): string[] {
    const names = comment.params.map((each) => each.name)
    const signatures = declarations.flatMap((each) => {
      if (ts.isFunctionDeclaration(each)) return signatureText(`function ${name}`, each, names)
      if (ts.isClassDeclaration(each)) return classText(each)
      if (ts.isTypeAliasDeclaration(each)) return each.getText().replace(/^export /, '')
      return ts.isInterfaceDeclaration(each) ? interfaceText(each) : []
    })
    if (signatures.length === 0) return []
    const parts = declarations.flatMap((each): ts.Node[] => {
      if (ts.isFunctionDeclaration(each)) return typesOf(each)
      return kind === 'type' ? [each] : []
    })
    const helpers = helpersOf(parts, this.#surface)
    const where = helpers.length === 0 ? [] : ['', '// where', ...helpers]
    const isLong = signatures.some((each) => each.includes('\n'))
    return ['```typescript', signatures.join(isLong ? '\n\n' : '\n'), ...where, '```', '']
  }

  /** What a function or a constructor takes, gives and throws. */
  #details(comment: Comment, declarations: readonly ts.Node[]): string[] {
    const signatures = declarations.filter(isCallable)
    const given = comment.params.map((param, index) => {
      const types = signatures.flatMap(({ parameters }) => {
        const named = parameters.find(({ name }) => name.getText() === param.name)
        return (named ?? parameters[index])?.type ?? []
      })
      return this.#param(param, types)
    })
    const results = signatures.flatMap(({ type }) => type ?? [])
    const returns = `**Returns**${this.#mentions(results)}: ${this.#prose(comment.returns ?? '')}`
    return [
      ...(given.length > 0 ? ['**Parameters**', '', ...given, ''] : []),
      ...(comment.returns === undefined ? [] : [returns, '']),
      ...this.#throws(comment.throws),
      ...comment.examples.flatMap((each) => [
        each.startsWith('```') ? '**Example**' : `**Example**: ${each.split('\n')[0]}`,
        '',
        each.slice(each.indexOf('```')),
        '',
      ]),
    ]
  }

  #param({ name, text }: Named, types: readonly ts.TypeNode[]): string {
    return hang(`- \`${name}\`${this.#mentions(types)}: ${this.#prose(text)}`)
  }

  #throws(all: Comment['throws']): string[] {
    const said = all.map(({ name, text }) => {
      const known = this.#layout.find(name, this.#page)
      return `${known === undefined ? `\`${name}\`` : this.#link(known)}: ${this.#prose(text)}`
    })
    if (said.length < 2) return said.flatMap((each) => [`**Throws** ${each}`, ''])
    return ['**Throws**', '', ...said.map((each) => hang(`- ${each}`)), '']
  }

  #mentions(types: readonly ts.Node[]): string {
    const found = mentionsOf(types, this.#surface).map((each) => this.#link(each))
    return found.length === 0 ? '' : ` (${found.join(', ')})`
  }

  #members(declaration: ts.Node, depth: number): string[] {
    const { own, bases } = membersOf(declaration, this.#surface)
    const making = ts.isClassDeclaration(declaration) ? constructorsOf(declaration) : []
    const told = own.filter((each) => isMethod(each) && needsRoom(commentOf([each])))
    const rows = own.filter((each) => !told.includes(each))
    return [
      ...making.flatMap((each) => this.#details(commentOf([each]), [each])),
      ...(rows.length === 0 ? [] : this.#table(rows)),
      ...bases.flatMap((each) => this.#inherited(each)),
      ...told.flatMap((each) => this.#method(each, declaration, depth)),
    ]
  }

  /** Members that stand under another heading, by name. */
  #inherited(base: Published): string[] {
    const known = base.declarations.map((each) => membersOf(each, this.#surface))
    const names = known.flatMap(({ own }) =>
      own.map((each) => `\`${nameOf(each)}${markOf(each)}\``),
    )
    const all = names.length === 0 ? 'its members' : names.join(', ')
    return [
      `From ${this.#link(base)}: ${all}.`,
      '',
      ...known.flatMap(({ bases }) => bases.flatMap((each) => this.#inherited(each))),
    ]
  }

  #table(rows: readonly Member[]): string[] {
    return [
      '| member | type | |',
      '| --- | --- | --- |',
      ...rows.map((member) => {
        const { text, fallback } = commentOf([member])
        const told = fallback === undefined ? text : `${text} *Default:* ${literal(fallback)}`
        const name = `\`${nameOf(member)}${markOf(member)}\``
        return `| ${name} | ${this.#type(member)} | ${cell(this.#prose(told)).trim()} |`
      }),
      '',
    ]
  }

  /** A method with more to say than fits into a table. */
  #method(method: Member, owner: ts.Node, depth: number): string[] {
    if (!isMethod(method)) return []
    const comment = commentOf([method])
    const name = nameOf(method)
    const whose = ts.isInterfaceDeclaration(owner) || ts.isClassDeclaration(owner) ? owner.name : ''
    return [
      `${'#'.repeat(depth + 1)} ${typeof whose === 'object' ? whose.text : ''}.${name}()`,
      '',
      '```typescript',
      signatureText(name, method, []),
      '```',
      '',
      this.#prose(comment.text),
      '',
      ...this.#details(comment, [method]),
    ]
  }

  #type(member: Member): string {
    const pieces = isMethod(member)
      ? piecesOfMethod(member, this.#surface)
      : piecesOf(
          member.type as ts.TypeNode,
          'questionToken' in member && member.questionToken !== undefined,
          this.#surface,
        )
    return this.#inCode(pieces)
  }

  /** Markdown has no links in code; HTML has. */
  #inCode(pieces: readonly Piece[]): string {
    if (pieces.every(({ published }) => published === undefined)) {
      return `\`${cell(pieces.map(({ text }) => text).join(''))}\``
    }
    const parts = pieces.map(({ text, published }) =>
      published === undefined
        ? cell(escapeMarkup(text))
        : `[${text}](${this.#layout.linkTo(published, this.#page)})`,
    )
    return `<code>${parts.join('')}</code>`
  }

  #footer({ path }: Published, { see }: Comment): string[] {
    const source = `Source: [${path}](../../../${path})`
    if (see.length === 0) return [source, '']
    return [`See ${see.map((each) => this.#prose(each)).join(', ')}. ${source}`, '']
  }

  #link(published: Published): string {
    return `[\`${published.name}\`](${this.#layout.linkTo(published, this.#page)})`
  }

  /** A comment's text with its links made. */
  #prose(text: string): string {
    return text.replaceAll(
      /\{@link\s+(\S+?)(?:\s+([^}]+))?\}/g,
      (_, target: string, label = '') => {
        if (target.startsWith('https://')) return `[${label || target}](${target})`
        const known = this.#layout.find(target, this.#page)
        return known === undefined ? `\`${target}\`` : this.#link(known)
      },
    )
  }
}

function isCallable(
  node: ts.Node,
): node is ts.FunctionDeclaration | ts.ConstructorDeclaration | ts.MethodSignature {
  return ts.isFunctionDeclaration(node) || ts.isConstructorDeclaration(node) || isMethod(node)
}

function classText(declaration: ts.ClassDeclaration): string {
  const name = declaration.name?.text ?? ''
  const bases = (declaration.heritageClauses ?? []).map((each) => ` ${each.getText()}`).join('')
  const [making] = constructorsOf(declaration)
  if (making === undefined) return `class ${name}${bases}`
  const text = signatureText('constructor', making, []).replaceAll('\n', '\n  ')
  return `class ${name}${bases} {\n  ${text}\n}`
}

/** Only where there is more to it than a name and members. */
function interfaceText({ name, typeParameters }: ts.InterfaceDeclaration): string[] {
  if (typeParameters === undefined) return []
  return [`interface ${name.text}<${typeParameters.map((each) => each.getText()).join(', ')}>`]
}

function markOf(member: Member): string {
  const mark = 'questionToken' in member && member.questionToken !== undefined ? '?' : ''
  return isMethod(member) ? `${mark}()` : mark
}

function needsRoom({ text, params, returns, throws }: Comment): boolean {
  return text.includes('\n\n') || returns !== undefined || params.length + throws.length > 0
}
