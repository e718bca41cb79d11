/**
 * The demo: `npm run demo` runs the walkthrough, `npm run demo -- --serve` keeps the servers running
 * for your own requests. `--opaque` does either with opaque tokens, which the MCP server introspects.
 * `npm run demo -- --dpop` runs a walkthrough with a token that is bound to a key, and
 * `npm run demo -- --exchange` one with a tool that calls another API.
 */
import { parseArgs } from 'node:util'
import { runDpopWalkthrough } from './dpop-walkthrough.ts'
import { runExchangeWalkthrough } from './exchange-walkthrough.ts'
import { createPrinter } from './print.ts'
import { serve } from './serve.ts'
import { runWalkthrough } from './walkthrough.ts'

const USAGE = `Usage: npm run demo [-- [--opaque] [--serve] | --dpop | --exchange]

  --opaque  opaque access tokens, which the MCP server introspects (RFC 7662)
  --serve   keeps the servers running, with a page that shows the flow in your browser, and
            prints commands for curl and the MCP Inspector
  --dpop    a token bound to a key: used, replayed, downgraded, stolen (RFC 9449)
  --exchange
            a tool that calls another API, with a token of that API and consent (RFC 8693)`

const printer = createPrinter()

try {
  const options = parseOptions()
  if (options === undefined) printer.line(USAGE)
  else if (options.dpop) process.exitCode = (await runDpopWalkthrough(printer)) ? 0 : 1
  else if (options.exchange) process.exitCode = (await runExchangeWalkthrough(printer)) ? 0 : 1
  else if (options.serve) await serve(printer, options.opaque)
  else process.exitCode = (await runWalkthrough(printer, options.opaque)) ? 0 : 1
} catch (error) {
  printer.line(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

/** @returns The options, or undefined for `--help` and for unknown options. */
function parseOptions():
  | { dpop: boolean; exchange: boolean; opaque: boolean; serve: boolean }
  | undefined {
  try {
    const {
      dpop = false,
      exchange = false,
      opaque = false,
      serve = false,
      help,
    } = parseArgs({
      options: {
        dpop: { type: 'boolean' },
        exchange: { type: 'boolean' },
        opaque: { type: 'boolean' },
        serve: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
    if (!help && (dpop || exchange) && [dpop, exchange, opaque, serve].filter(Boolean).length > 1) {
      throw new Error('--dpop and --exchange stand alone.')
    }
    return help ? undefined : { dpop, exchange, opaque, serve }
  } catch (error) {
    printer.line(error instanceof Error ? error.message : String(error))
    process.exitCode = 2
    return undefined
  }
}
