/** Writes the walkthrough to the terminal. */
import { styleText } from 'node:util'

/** The styles of text on a terminal. */
export type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan' | 'yellow'

/** Writes lines, with or without colours. */
export interface Printer {
  /** Writes one or more lines. */
  line(text?: string): void
  /** Styles a part of a line. */
  styled(style: Style, text: string): string
}

/** Matches signed tokens. */
const TOKEN = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g

/**
 * Creates a printer.
 *
 * @param output The stream to write to.
 * @param colors Whether to write colours. Default: on a terminal with colours; NO_COLOR switches them off.
 * @returns The printer.
 */
export function createPrinter(
  output: NodeJS.WriteStream = process.stdout,
  colors: boolean = output.isTTY && output.hasColors(),
): Printer {
  return {
    line(text = '') {
      // Screenshots of the demo must not contain tokens.
      output.write(`${text.replace(TOKEN, '<token>')}\n`)
    },
    styled(style, text) {
      return colors ? styleText(style, text, { validateStream: false }) : text
    },
  }
}

/**
 * Formats a document with one member per line.
 *
 * @param value A JSON object.
 * @returns The lines.
 */
export function formatDocument(value: object): string[] {
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const width = Math.max(...members.map(([name]) => name.length))
  return members.map(([name, member]) => {
    const text = typeof member === 'string' ? member : JSON.stringify(member)
    return `${name.padEnd(width)}  ${text}`
  })
}
