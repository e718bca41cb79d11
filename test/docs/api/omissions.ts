/** What the reference could not tell, because no comment says it. */

import ts from 'typescript'
import { type Comment, commentOf } from './comments.ts'
import { layOut, type Page } from './layout.ts'
import { constructorsOf, isMethod, type Member, membersOf, nameOf } from './members.ts'
import type { Published, Surface } from './surface.ts'

/** A sentence for each omission; none if all is told. */
export function findOmissions(surface: Surface): string[] {
  const layout = layOut(surface)
  return layout.pages.flatMap((page) =>
    page.entry.names.flatMap((published) => {
      const isKnown = (name: string): boolean => layout.find(name, page) !== undefined
      return omissionsOf(published, page, surface, isKnown)
    }),
  )
}

function omissionsOf(
  published: Published,
  { entry }: Page,
  surface: Surface,
  isKnown: (name: string) => boolean,
): string[] {
  const { name, declarations, path } = published
  const comment = commentOf(declarations)
  const members = declarations.flatMap((each) => membersOf(each, surface).own)
  const comments = [comment, ...members.map((each) => commentOf([each]))]
  const constructors = declarations.filter(ts.isClassDeclaration).flatMap(constructorsOf)
  const names = new Set(members.map(nameOf))
  const omissions = [
    ...(comment.text === '' ? ['has no doc comment'] : []),
    ...declarations.filter(ts.isFunctionDeclaration).flatMap((each) => untold(each, comment)),
    ...constructors.flatMap((each) => untold(each, commentOf([each]))),
    ...members.filter(needsComment).map((each) => `.${nameOf(each)} has no doc comment`),
    ...members.filter(isMethod).flatMap((each) => strangers(each, commentOf([each]))),
    ...comments
      .flatMap(linksOf)
      .filter((target) => !isKnown(target) && !names.has(target))
      .map((target) => `links to ${target}, which is not published`),
  ]
  return [...new Set(omissions)].map((each) => {
    const subject = each.startsWith('.') ? `${name}${each}` : `${name} ${each}`
    return `${path}: ${subject} (${entry.specifier})`
  })
}

/** What a signature has and its comment does not say, or the other way round. */
function untold(signature: ts.SignatureDeclaration, comment: Comment): string[] {
  const { parameters, type } = signature
  const missing = parameters.flatMap((each, index) => {
    const name = ts.isIdentifier(each.name) ? each.name.text : comment.params[index]?.name
    const told = comment.params.find((param) => param.name === name)
    return told === undefined || told.text === ''
      ? [`has no description of @param ${name ?? index + 1}`]
      : []
  })
  const result = type?.getText() ?? 'void'
  const givesNothing = ts.isConstructorDeclaration(signature) || /^(Promise<)?void>?$/.test(result)
  const isUntold = !givesNothing && (comment.returns ?? '') === ''
  return [
    ...missing,
    ...(isUntold ? ['has no description of what it @returns'] : []),
    ...strangers(signature, comment),
  ]
}

/** Parameters that are told of and do not exist. */
function strangers(signature: ts.SignatureDeclaration, { params }: Comment): string[] {
  const isPattern = signature.parameters.some(({ name }) => !ts.isIdentifier(name))
  const names = signature.parameters.map(({ name }) => name.getText())
  return params
    .filter(({ name }) => !isPattern && !names.includes(name))
    .map(({ name }) => `tells of @param ${name}, which it does not take`)
}

/** An index signature says all there is to say: the document may hold more. */
function needsComment(member: Member): boolean {
  if (ts.isIndexSignatureDeclaration(member)) return false
  return commentOf([member]).text === ''
}

function linksOf({ text, params, returns, throws, see }: Comment): string[] {
  const texts = [text, returns ?? '', ...see, ...[...params, ...throws].map((each) => each.text)]
  return texts
    .flatMap((each) => [...each.matchAll(/\{@link\s+([^\s}]+)/g)].map(([, target = '']) => target))
    .filter((target) => !target.startsWith('https://'))
}
