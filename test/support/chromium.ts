/** Chromium, where it is installed, with loopback only. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const PATH = '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  // Containers often have next to no shared memory.
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nothing beyond loopback, whatever the browser would like to know.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** Whether Chromium is installed. Prints a line if not, because its tests are skipped. */
export function hasChromium(): boolean {
  const isThere = existsSync(PATH)
  if (!isThere) console.log(`Skipped: no browser at ${PATH} (apt-get install chromium).`)
  return isThere
}

/** Starts it, without a window. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, headless: true, args: FLAGS })
}

/** Divides the delays of timers in a page that is not loaded yet: the flow page waits between its arrows. */
export async function hasten(page: Page, times = 50): Promise<void> {
  await page.addInitScript((by) => {
    const { setTimeout } = window
    window.setTimeout = ((go: () => void, ms: number) =>
      setTimeout(go, ms / by)) as typeof window.setTimeout
  }, times)
}
