/**
 * The person at the keyboard: opens the login page, signs in, allows what is asked.
 *
 * It is a very small browser (redirects, cookies, one form a page) that really talks HTTP, so what
 * the authorization server sees is what it would see from anybody.
 */

/** One thing the person saw or did on the way. */
export interface Visit {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly status: number
  /** The heading of the page, where there was one. */
  readonly heading: string | undefined
}

/** A browser with its cookies, and so with its login session. */
export interface Browser {
  /**
   * Opens a page and goes on, filling in forms, until sent to `until`, which is not requested.
   *
   * @returns The URL it was sent to, and the way there.
   * @throws {Error} If a page has no form, or the way does not end.
   */
  open(url: URL, until: URL): Promise<{ arrived: URL; visits: Visit[] }>
}

const MAX_VISITS = 20

/**
 * Opens a new browser, without any cookies.
 *
 * @param answers What is typed into the fields of forms, by their names.
 * @returns The browser.
 */
export function createBrowser(answers: Readonly<Record<string, string>>): Browser {
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
      throw new Error(`The way from ${url.origin}${url.pathname} did not end at ${until.href}`)
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
    for (const [, name = '', value = ''] of page.matchAll(
      /<(?:input|button) name="([^"]+)"(?:[^>]*? value="([^"]*)")?/g,
    )) {
      // Of several buttons with one name the first is pressed.
      if (!form.has(name)) form.set(name, answers[name] ?? value)
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
