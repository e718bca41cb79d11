/** What the programs ask of the scene. */

async function post(path, body = '') {
  const response = await fetch(`${process.env.CONTROL}${path}`, { method: 'POST', body })
  return response.text()
}

/** Logs in. Returns the URL that the browser arrives at, without a visit. */
export async function logIn(url) {
  return new URL(await post('/open', String(url)))
}

/** Opens the browser, which visits the redirect. */
export function visit(url) {
  post('/visit', String(url)).catch(() => undefined)
}

/** Calls a tool in each step and reports what came of it. */
export async function callInEachStep(call) {
  for (const { name: step, tool, calls: each } of JSON.parse(await post('/steps'))) {
    await post(`/step/${step}`)
    const calls = each.map((args) => outcomeOf(() => call(tool, args)))
    const heard = (await Promise.all(calls)).join('\n')
    console.log(step, heard)
    await post(`/heard/${step}`, heard)
  }
  process.exit(0)
}

async function outcomeOf(call) {
  try {
    return String(JSON.stringify(await call()))
  } catch (error) {
    return String(error)
  }
}
