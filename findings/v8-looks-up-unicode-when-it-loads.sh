#!/usr/bin/env bash
# Versions: node 24.21.0, bun 1.4.5 (npm). Standard: ECMA-262, Static Semantics: Early Errors of RegularExpressionLiteral.
# Guess:     engines compile functions and their regular expressions when they are first called, so a literal in a function
#            that is never called costs an import, or the cold start of a Worker, no more than its characters.
# Behaviour: V8 looks `\p{…}` up in the tables of ICU to check the literal, although it does not compile the function: 0.02 ms for
#            `\p{L}`, 0.1 ms for `\p{C}`, as much as parsing 8 kB of other code. The same text in `new RegExp()` costs
#            nothing until it runs. Six such literals took a tenth of the import of a library of 420 kB. Bun behaves as guessed.
# Output seen: node: 50 uncalled functions with /[\p{C}\p{Zl}]/u take 13.6 times the import of 50 with /[abc]/u
#              bun: 50 uncalled functions with /[\p{C}\p{Zl}]/u take 1.0 times the import of 50 with /[abc]/u
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0 and bun 1.4.5'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 bun@1.4.5 >> install.log 2>&1
cat > measure.mjs <<'JS'
import { writeFileSync } from 'node:fs'

const literals = ['/[abc]/u', String.raw`/[\p{C}\p{Zl}]/u`]

/** The shortest of twenty imports, each of another file. */
async function msOf(literal, name) {
  const functions = Array.from({ length: 50 }, (_, at) => `function f${at}(text) { return ${literal}.test(text) }`)
  const times = []
  for (let round = 0; round < 20; round++) {
    writeFileSync(`${name}${round}.mjs`, `${functions.join('\n')}\nexport const round = ${round}\n`)
    const start = performance.now()
    await import(`${process.cwd()}/${name}${round}.mjs`)
    times.push(performance.now() - start)
  }
  return Math.min(...times)
}

const [plain, looked] = [await msOf(literals[0], 'plain'), await msOf(literals[1], 'looked')]
const factor = looked / plain
const engine = process.versions.bun === undefined ? 'node' : 'bun'
console.log(`${engine}: 50 uncalled functions with ${literals[1]} take ${factor.toFixed(1)} times the import of 50 with ${literals[0]}`)
process.exitCode = (engine === 'node' ? factor > 4 : factor < 2) ? 0 : 1
JS
PATH="$work/node_modules/.bin:$PATH" node measure.mjs || { echo 'This has changed.'; exit 1; }
node_modules/.bin/bun measure.mjs || { echo 'This has changed.'; exit 1; }
