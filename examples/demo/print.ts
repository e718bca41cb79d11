/** Puts the story on the terminal; every line goes through here. */

/** How a piece of text is meant; without colours it is just text. */
export type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan' | 'yellow'

/** Writes lines, in colour or not. */
export interface Printer {
  /** Writes one line, or several. */
  line(text?: string): void
  /** Gives text in a style, for use within a line. */
  styled(style: Style, text: string): string
}

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

/** Anything that looks like a signed token. */
const TOKEN = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g

/**
 * Creates a printer.
 *
 * @param output Where the lines go.
 * @param coloured Whether styles become colours. Default: on a terminal, unless NO_COLOR is set.
 * @returns The printer.
 */
export function createPrinter(
  output: NodeJS.WriteStream = process.stdout,
  coloured: boolean = output.isTTY && !process.env.NO_COLOR,
): Printer {
  return {
    line(text = '') {
      // A token on a screen is a token in a screenshot: none leaves here, whoever passed it in.
      output.write(`${text.replace(TOKEN, '<token>')}\n`)
    },
    styled(style, text) {
      const [on, off] = CODES[style]
      return coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text
    },
  }
}

/**
 * Formats a document for reading, a member a line and short lists on one.
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
