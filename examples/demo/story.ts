/** A story in steps, where every step says what it expects and is held to it. */
import { isDeepStrictEqual } from 'node:util'
import type { Exchange } from './exchanges.ts'
import { formatDocument, type Printer } from './print.ts'

/** What a step can tell. */
export interface Step {
  /** A sentence for the reader. */
  say(text: string): void
  /** A request and its response, with the headers that matter. */
  exchange(exchange: Pick<Exchange, 'method' | 'url' | 'response'>, note?: string): void
  /** A document, a member a line. */
  show(title: string, value: object): void
  /** Checks one thing, and says so. */
  expect(what: string, actual: unknown, expected: unknown): void
}

/** Tells steps and counts what was not as expected. */
export interface Story {
  /** Tells one step; nothing more is told after one that could not be told to its end. */
  step(title: string, tell: (step: Step) => Promise<void> | void): Promise<void>
  /** Sums up. @returns Whether everything was as expected. */
  end(): boolean
}

/** The response headers a reader of this story wants to see. */
const TELLING_HEADERS = ['WWW-Authenticate']

/**
 * Begins a story.
 *
 * @param printer Where it is told.
 * @returns The story, at its beginning.
 */
export function beginStory(printer: Printer): Story {
  const began = performance.now()
  let steps = 0
  let met = 0
  let unmet = 0
  let broken = false

  const step: Step = {
    say(text) {
      printer.line(`   ${text}`)
    },
    exchange({ method, url, response }, note) {
      const aside = note === undefined ? '' : printer.styled('dim', `  ${note}`)
      printer.line(`   ${printer.styled('cyan', '→')} ${method} ${url.href}${aside}`)
      printer.line(`   ${printer.styled('cyan', '←')} ${statusLine(response)}`)
      for (const name of TELLING_HEADERS) {
        const value = response.headers.get(name)
        if (value !== null) printer.line(`     ${name}: ${printer.styled('yellow', value)}`)
      }
    },
    show(title, value) {
      printer.line(`   ${title}`)
      for (const text of formatDocument(value)) printer.line(`     ${printer.styled('dim', text)}`)
    },
    expect(what, actual, expected) {
      if (isDeepStrictEqual(actual, expected)) {
        met += 1
        printer.line(`   ${printer.styled('green', '✓')} ${what}`)
        return
      }
      unmet += 1
      printer.line(`   ${printer.styled('red', '✗')} ${what}`)
      printer.line(`     expected ${JSON.stringify(expected)}`)
      printer.line(`     but got  ${JSON.stringify(actual)}`)
    },
  }

  return {
    async step(title, tell) {
      if (broken) return
      steps += 1
      printer.line()
      printer.line(printer.styled('bold', `${String(steps).padStart(2)} ${title}`))
      try {
        await tell(step)
      } catch (error) {
        broken = true
        unmet += 1
        const message = error instanceof Error ? error.message : String(error)
        printer.line(`   ${printer.styled('red', '✗')} ${message}`)
        printer.line('   The rest of the story needs this step, so it ends here.')
      }
    },
    end() {
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      const verdict =
        unmet === 0
          ? printer.styled('green', `✓ All as expected: ${steps} steps, ${met} checks`)
          : printer.styled('red', `✗ Not as expected: ${unmet} of ${met + unmet} checks`)
      printer.line()
      printer.line(`${verdict}, ${seconds} s.`)
      return unmet === 0
    },
  }
}

function statusLine({ status, statusText }: Response): string {
  return `${status} ${statusText}`.trimEnd()
}
