/** Examines several servers, a few at a time, and combines their reports. */

import { parseUrl } from '../lib/safe-url.ts'
import { type ExamineOptions, examine, type Report, summarize } from './examine.ts'

/** Each examination sends one request at a time. */
const MAX_PARALLEL = 4

/** Examines every server. The reports are in the order of the URLs. */
export async function examineAll(
  urls: readonly string[],
  options: Omit<ExamineOptions, 'url'>,
): Promise<Report[]> {
  const reports: Report[] = []
  const waiting = urls.entries()
  const work = async (): Promise<void> => {
    for (const [index, url] of waiting) reports[index] = await examine({ ...options, url })
  }
  await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, urls.length) }, work))
  return reports
}

/** Why these servers are not examined so: a token belongs to one origin, and an origin has one form. */
export function doctorProblem(
  urls: readonly string[],
  { token, origin }: Pick<ExamineOptions, 'token' | 'origin'>,
): string | undefined {
  if (origin !== undefined && parseUrl(origin)?.origin !== origin) {
    return 'The origin must be written as browsers send it, such as https://app.example.com, without a final slash.'
  }
  const origins = new Set(urls.map((url) => parseUrl(url)?.origin))
  return token === undefined || origins.size <= 1
    ? undefined
    : 'A token is sent to one origin only: examine servers of other origins without it.'
}

/** The report of one server, or the combined report of several. */
export function combine(reports: readonly Report[]): Report {
  const [first] = reports
  if (first !== undefined && reports.length === 1) return first
  const findings = reports.flatMap((report) =>
    report.findings.map((finding) => ({ ...finding, url: report.url })),
  )
  const requests = reports.reduce((sum, report) => sum + report.requests, 0)
  const urls = reports.map(({ url }) => url)
  return { ...summarize(urls.join(' '), requests, findings), reports }
}
