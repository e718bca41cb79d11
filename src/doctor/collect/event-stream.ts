/** Reads the first event of a `text/event-stream` body: the JSON-RPC response. */

/** Whether the body is an event stream. */
export function isEventStream(headers: Headers): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(headers.get('Content-Type') ?? '')
}

/** The data of the first complete event that has any (HTML, Server-Sent Events §9.2.6). */
export function readEvent(text: string): string | undefined {
  const blocks = text.split(/\r\n\r\n|\n\n|\r\r/)
  for (const block of blocks.slice(0, -1)) {
    const data = block
      .split(/\r\n|\n|\r/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice('data:'.length).replace(/^ /, ''))
      .join('\n')
    if (data !== '') return data
  }
  return undefined
}
