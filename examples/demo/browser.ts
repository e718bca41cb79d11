/**
 * The user's browser: opens the login page, signs in, gives consent.
 *
 * A minimal browser (redirects, cookies, one form per page) that sends real HTTP requests.
 */

/** One request of the browser. */
export interface Visit {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly status: number
  /** The heading of the page, if any. */
  readonly heading: string | undefined
}

/** A browser with its cookies and therefore its login session. */
export interface Browser {
  /**
   * Opens a page, follows redirects and submits forms until a redirect to `until`, which it does not
   * request.
   *
   * @returns The URL of that redirect, and the requests before it.
   * @throws {Error} If a page has no form, or there are too many requests.
   */
  open(url: URL, until: URL): Promise<{ arrived: URL; visits: Visit[] }>
}

const MAX_VISITS = 20

/**
 * Opens a new browser, without any cookies.
 *
 * @param values The values of form fields by name.
 * @returns The browser.
 */
export function createBrowser(values: Readonly<Record<string, string>>): Browser {
  const cookies = new Map<string, Cookie>()

  return {
    async open(url, until) {
      const visits: Visit[] = []
      let next: { url: URL; form?: URLSearchParams } = { url }
      while (visits.length < MAX_VISITS) {
        const response = await request(next.url, next.form)
        const text = await response.text()
        visits.push({
          method: next.form ? 'POST' : 'GET',
          url: next.url,
          status: response.status,
          heading: /<h1>(.*?)<\/h1>/.exec(text)?.[1],
        })

        const location = response.headers.get('Location')
        if (location === null) {
          next = fillIn(text, next.url)
          continue
        }
        const target = new URL(location, next.url)
        if (target.origin + target.pathname === until.origin + until.pathname) {
          return { arrived: target, visits }
        }
        next = { url: target }
      }
      throw new Error(`No redirect from ${url.origin}${url.pathname} to ${until.href}`)
    },
  }

  async function request(url: URL, form?: URLSearchParams): Promise<Response> {
    const response = await fetch(url, {
      headers: { Accept: 'text/html', Cookie: cookieHeader(cookies, url) },
      redirect: 'manual',
      ...(form ? { method: 'POST', body: form } : {}),
    })
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    return response
  }

  function fillIn(page: string, url: URL): { url: URL; form: URLSearchParams } {
    if (!page.includes('<form')) throw new Error(`No form at ${url.pathname}: ${page.trim()}`)
    const action = /<form[^>]*\saction="([^"]*)"/.exec(page)?.[1]
    const form = new URLSearchParams()
    for (const [field] of page.matchAll(/<(?:input|button)\b[^>]*>/g)) {
      const name = /\sname="([^"]+)"/.exec(field)?.[1]
      const value = /\svalue="([^"]*)"/.exec(field)?.[1] ?? ''
      if (name === undefined) continue
      // Of several buttons with one name the first is pressed.
      if (!form.has(name)) form.set(name, values[name] ?? value)
    }
    return { url: action === undefined ? url : new URL(action, url), form }
  }
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

function keep(cookies: Map<string, Cookie>, line: string): void {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const [name = '', ...value] = pair.split('=')
  const attribute = (wanted: string) =>
    attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)

  const path = attribute('path') ?? '/'
  const expires = attribute('expires')
  if (expires !== undefined && Date.parse(expires) <= Date.now()) cookies.delete(name + path)
  else cookies.set(name + path, { name, value: value.join('='), path })
}

function cookieHeader(cookies: ReadonlyMap<string, Cookie>, url: URL): string {
  return [...cookies.values()]
    .filter(
      ({ path }) => url.pathname === path || url.pathname.startsWith(path.replace(/\/*$/, '/')),
    )
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}
