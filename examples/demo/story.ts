/** A walkthrough in steps. Each step prints what happens and checks it. */
import { isDeepStrictEqual } from 'node:util'
import type { Exchange } from './exchanges.ts'
import { formatDocument, type Printer } from './print.ts'

/** The output of one step. */
export interface Step {
  /** Prints a sentence. */
  say(text: string): void
  /** Prints a request and its response, with the `WWW-Authenticate` header. */
  exchange(exchange: Pick<Exchange, 'method' | 'url' | 'response'>, note?: string): void
  /** Prints a document with one member per line. */
  show(title: string, value: object): void
  /** Checks one value and prints the result. */
  expect(what: string, actual: unknown, expected: unknown): void
}

/** Runs steps and counts failed checks. */
export interface Story {
  /** Runs one step. After a step that throws, later steps are skipped. */
  step(title: string, run: (step: Step) => Promise<void> | void): Promise<void>
  /** Prints the summary. @returns Whether every check passed. */
  end(): boolean
}

/** The response headers to print. */
const SHOWN_HEADERS = ['WWW-Authenticate']

/**
 * Creates a walkthrough.
 *
 * @param printer The output.
 * @returns The walkthrough, before its first step.
 */
export function createStory(printer: Printer): Story {
  const startedAt = performance.now()
  let steps = 0
  let passed = 0
  let failed = 0
  let isAborted = false

  const step: Step = {
    say(text) {
      printer.line(`   ${text}`)
    },
    exchange({ method, url, response }, note) {
      const aside = note === undefined ? '' : printer.styled('dim', `  ${note}`)
      printer.line(`   ${printer.styled('cyan', '→')} ${method} ${url.href}${aside}`)
      printer.line(`   ${printer.styled('cyan', '←')} ${statusLine(response)}`)
      for (const name of SHOWN_HEADERS) {
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
        passed += 1
        printer.line(`   ${printer.styled('green', '✓')} ${what}`)
        return
      }
      failed += 1
      printer.line(`   ${printer.styled('red', '✗')} ${what}`)
      printer.line(`     expected ${JSON.stringify(expected)}`)
      printer.line(`     but got  ${JSON.stringify(actual)}`)
    },
  }

  return {
    async step(title, run) {
      if (isAborted) return
      steps += 1
      printer.line()
      printer.line(printer.styled('bold', `${String(steps).padStart(2)} ${title}`))
      try {
        await run(step)
      } catch (error) {
        isAborted = true
        failed += 1
        const message = error instanceof Error ? error.message : String(error)
        printer.line(`   ${printer.styled('red', '✗')} ${message}`)
        printer.line('   The later steps depend on this one, so they are skipped.')
      }
    },
    end() {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      const summary =
        failed === 0
          ? printer.styled('green', `✓ All checks passed: ${steps} steps, ${passed} checks`)
          : printer.styled('red', `✗ Checks failed: ${failed} of ${passed + failed} checks`)
      printer.line()
      printer.line(`${summary}, ${seconds} s.`)
      return failed === 0
    },
  }
}

function statusLine({ status, statusText }: Response): string {
  return `${status} ${statusText}`.trimEnd()
}
