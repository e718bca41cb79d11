/** What an interface or a class has: its public members, those of bases that are not published among them. */

import ts from 'typescript'
import type { Published, Surface } from './surface.ts'

export type Member =
  | ts.PropertySignature
  | ts.PropertyDeclaration
  | ts.MethodSignature
  | ts.MethodDeclaration
  | ts.IndexSignatureDeclaration

export interface Members {
  readonly own: readonly Member[]
  /** Published bases, whose members are told of at their own place. */
  readonly bases: readonly Published[]
}

export function membersOf(declaration: ts.Node, surface: Surface): Members {
  if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration)) {
    return { own: [], bases: [] }
  }
  const inherited = (declaration.heritageClauses ?? [])
    .flatMap(({ types }) => types)
    .map(({ expression }) => surface.meaning(expression))
  const hidden = inherited.flatMap((each) =>
    each !== undefined && 'local' in each ? [membersOf(each.local, surface)] : [],
  )
  const members: readonly ts.Node[] = declaration.members
  return {
    own: [...members.filter(isPublic), ...hidden.flatMap(({ own }) => own)],
    bases: [
      ...inherited.flatMap((each) => (each !== undefined && !('local' in each) ? [each] : [])),
      ...hidden.flatMap(({ bases }) => bases),
    ],
  }
}

export function nameOf(member: Member): string {
  return ts.isIndexSignatureDeclaration(member)
    ? `[${member.parameters.map((each) => each.getText()).join(', ')}]`
    : member.name.getText()
}

export function isMethod(member: ts.Node): member is ts.MethodSignature | ts.MethodDeclaration {
  return ts.isMethodSignature(member) || ts.isMethodDeclaration(member)
}

export function constructorsOf(declaration: ts.ClassDeclaration): ts.ConstructorDeclaration[] {
  return declaration.members.filter(ts.isConstructorDeclaration)
}

function isPublic(member: ts.Node): member is Member {
  if (ts.isPropertyDeclaration(member)) {
    const isPrivate = member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
    return !isPrivate && !ts.isPrivateIdentifier(member.name)
  }
  return (
    ts.isPropertySignature(member) || isMethod(member) || ts.isIndexSignatureDeclaration(member)
  )
}
