/** What a check is, and what comes of one. The checks themselves are tables in `checks/`. */

/** How bad it is. */
export type Level = 'pass' | 'warning' | 'error'

/** The parts of an examination, in the order of the report. */
export type Area =
  | 'Connection'
  | 'Challenge'
  | 'Protected resource metadata'
  | 'Authorization server'
  | 'Browsers'
  | 'Older clients'
  | 'Token'

/** The clients a finding is explained for. */
export const CLIENTS = ['claude', 'chatgpt', 'vscode', 'browser'] as const
export type Client = (typeof CLIENTS)[number]

/** What a finding means for each client. */
export type Meaning = Readonly<Record<Client, string>>

/** What was seen: how bad it is, in a sentence. */
export interface Verdict {
  readonly level: Level
  readonly message: string
}

/** One thing to look at. */
export interface Check<Subject> {
  /** The same in every version. */
  readonly id: string
  readonly area: Area
  /** The paragraph it rests on. */
  readonly spec: string
  /** What it means when it is not as it should be. */
  readonly means: Meaning
  /** How to mend it. */
  readonly remedy: string
  /** `undefined`: it does not apply, or another check has told the reason already. */
  readonly judge: (subject: Subject) => Verdict | undefined
}

/** A verdict with everything a reader needs. */
export interface DoctorFinding extends Verdict {
  readonly id: string
  readonly area: Area
  readonly spec: string
  /** Which authorization server, where there may be several. */
  readonly about?: string
  readonly means?: Meaning
  readonly remedy?: string
}

/** Runs a table of checks over what they judge. */
export function judgeAll<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
  about?: string,
): DoctorFinding[] {
  return checks.flatMap(({ id, area, spec, means, remedy, judge }) => {
    const verdict = judge(subject)
    if (verdict === undefined) return []
    const advice = verdict.level === 'pass' ? {} : { means, remedy }
    return [{ id, area, ...verdict, ...(about === undefined ? {} : { about }), ...advice, spec }]
  })
}

export function pass(message: string): Verdict {
  return { level: 'pass', message }
}

export function warn(message: string): Verdict {
  return { level: 'warning', message }
}

export function error(message: string): Verdict {
  return { level: 'error', message }
}

/** The same for everybody. */
export function everyone(text: string): Meaning {
  return { claude: text, chatgpt: text, vscode: text, browser: text }
}

/** Nothing for programs outside a browser, this for those inside. */
export function browsers(text: string): Meaning {
  return { ...everyone('Not affected: its requests do not come from a web page.'), browser: text }
}

/** The same for everybody but those named. */
export function everyoneBut(special: Partial<Record<Client, string>>, text: string): Meaning {
  return { ...everyone(text), ...special }
}

const MAX_QUOTED = 160

/** What a stranger wrote, fit for one line: quoted, short, without control characters. */
export function quoted(text: unknown): string {
  const whole = typeof text === 'string' ? text : (JSON.stringify(text) ?? 'nothing')
  const line = printable(whole)
  return `"${line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line}"`
}

/** Without control characters and marks that reorder text: a server must not draw on a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}
