/** The browser of the demo's user: logs in, consents, and visits the client's redirect. */
/** By host, then by name. @type {Map<string, Map<string, string>>} */
const cookies = new Map()

/**
 * @param {URL} url
 * @param {URLSearchParams | undefined} form
 */
async function request(url, form) {
  /** @type {Map<string, string>} */
  const own = cookies.get(url.host) ?? new Map()
  const headers = { cookie: [...own].map(([name, value]) => `${name}=${value}`).join('; ') }
  const init = form ? { method: 'POST', body: form } : {}
  const response = await fetch(url, { ...init, headers, redirect: 'manual' })
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    own.set(name, value)
  }
  cookies.set(url.host, own)
  return response
}

/**
 * Follows redirects and submits forms until a redirect to another origin, which it returns.
 * @param {string | URL} start
 */
export async function logIn(start) {
  let url = new URL(start)
  const issuer = url.origin
  /** @type {URLSearchParams | undefined} */
  let form
  for (let visits = 0; visits < 20; visits++) {
    const response = await request(url, form)
    const text = await response.text()
    const location = response.headers.get('location')
    form = undefined
    if (location !== null) {
      url = new URL(location, url)
      if (url.origin !== issuer) return url
      continue
    }
    const [, tag] = /<form([^>]*)>/.exec(text) ?? []
    if (tag === undefined) throw new Error(`No form at ${url}: ${text.slice(0, 300)}`)
    const action = /action="([^"]*)"/.exec(tag)?.[1] ?? ''
    url = new URL(action.replaceAll('&amp;', '&'), url)
    form = new URLSearchParams()
    for (const [input] of text.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1]
      const value = /value="([^"]*)"/.exec(input)?.[1] ?? ''
      if (name) form.set(name, name === 'login' ? 'alice' : value)
    }
  }
  throw new Error('Too many pages.')
}
