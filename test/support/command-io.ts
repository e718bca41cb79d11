/** A terminal for commands that run in this process. */

import type { CommandIo } from '../../src/cli/command-io.ts'

/** A terminal without input that keeps what a command writes to `err`. */
export function createCommandIo(env: CommandIo['env'] = {}): {
  readonly io: CommandIo
  readonly said: () => string
} {
  let text = ''
  const io: CommandIo = {
    out: () => {},
    err: (more) => {
      text += more
    },
    stdin: async () => '',
    env,
    outHasColors: false,
    errIsTerminal: false,
    columns: undefined,
    version: '0.0.0',
  }
  return { io, said: () => text }
}
