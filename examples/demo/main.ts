/**
 * The demo: `npm run demo` tells the whole story once, `npm run demo -- --serve` leaves the servers
 * up for you to try yourself, and `--opaque` does either with tokens that have to be asked about.
 * `npm run demo -- --dpop` tells another story: of a token that is bound to a key.
 */
import { parseArgs } from 'node:util'
import { tellDpopStory } from './dpop-walkthrough.ts'
import { createPrinter } from './print.ts'
import { serve } from './serve.ts'
import { tellStory } from './walkthrough.ts'

const USAGE = `Usage: npm run demo [-- [--opaque] [--serve] | --dpop]

  --opaque  access tokens are opaque, and the MCP server asks about them (RFC 7662)
  --serve   leave the servers up, with a page that walks the flow in your browser, and print
            what to try with curl and the MCP Inspector
  --dpop    another story: a token bound to a key, used, replayed, downgraded, stolen (RFC 9449)`

const printer = createPrinter()

try {
  const options = parseOptions()
  if (options === undefined) printer.line(USAGE)
  else if (options.dpop) process.exitCode = (await tellDpopStory(printer)) ? 0 : 1
  else if (options.serve) await serve(printer, options.opaque)
  else process.exitCode = (await tellStory(printer, options.opaque)) ? 0 : 1
} catch (error) {
  printer.line(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

/** What was asked for; undefined if that was help, or nothing there is. */
function parseOptions(): { dpop: boolean; opaque: boolean; serve: boolean } | undefined {
  try {
    const {
      dpop = false,
      opaque = false,
      serve = false,
      help,
    } = parseArgs({
      options: {
        dpop: { type: 'boolean' },
        opaque: { type: 'boolean' },
        serve: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
    return help ? undefined : { dpop, opaque, serve }
  } catch (error) {
    printer.line(error instanceof Error ? error.message : String(error))
    process.exitCode = 2
    return undefined
  }
}
