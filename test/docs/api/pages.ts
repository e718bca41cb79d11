/** docs/reference/api/: a page for each subpath and an index, made of the sources. */

import { isValue, type Layout, layOut, type Page } from './layout.ts'
import { readSurface } from './surface.ts'
import { cell, sentenceOf } from './text.ts'
import { MADE, Writer } from './writer.ts'

const FOLDER = 'docs/reference/api'

/** All pages, by path. */
export function buildApiPages(): Record<string, string> {
  const surface = readSurface()
  const layout = layOut(surface)
  const pages = layout.pages.map((page): [string, string] => [
    `${FOLDER}/${page.file}`,
    new Writer(page, layout, surface).page(),
  ])
  return Object.fromEntries([[`${FOLDER}/README.md`, index(layout)], ...pages])
}

function index({ pages, linkTo }: Layout): string {
  const nowhere = { file: 'README.md' } as Page
  return [
    '# API',
    '',
    MADE,
    '',
    'Every published name with its signature, what it checks, how it fails and what its options default to: a page for',
    'each import. Why a request was refused stands in [errors](../../errors.md), what a listener is told in',
    '[events](../events.md).',
    '',
    '| import from | what for | functions and classes |',
    '| --- | --- | --- |',
    ...pages.map((page) => {
      const names = page.sections
        .flatMap(({ items }) => items.map(({ published }) => published))
        .filter(isValue)
        .map((each) => `[${each.name}](${linkTo(each, nowhere)})`)
      const { specifier } = page.entry
      return `| [\`${specifier}\`](${page.file}) | ${cell(sentenceOf(page.entry.about))} | ${names.join(', ')} |`
    }),
    '',
  ].join('\n')
}
