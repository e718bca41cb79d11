/**
 * The demo: `npm run demo` tells the whole story once, `npm run demo -- --serve` leaves the servers
 * up for you to try yourself.
 */
import { parseArgs } from 'node:util'
import { createPrinter } from './print.ts'
import { serve } from './serve.ts'
import { tellStory } from './walkthrough.ts'

const USAGE = `Usage: npm run demo [-- --serve]

  --serve   leave the servers up and print what to try with curl and the MCP Inspector`

const printer = createPrinter()

try {
  const options = parseOptions()
  if (options === undefined) printer.line(USAGE)
  else if (options.serve) await serve(printer)
  else process.exitCode = (await tellStory(printer)) ? 0 : 1
} catch (error) {
  printer.line(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

/** What was asked for; undefined if that was help, or nothing there is. */
function parseOptions(): { serve: boolean } | undefined {
  try {
    const { serve = false, help } = parseArgs({
      options: { serve: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values
    return help ? undefined : { serve }
  } catch (error) {
    printer.line(error instanceof Error ? error.message : String(error))
    process.exitCode = 2
    return undefined
  }
}
