/** Examples of the doctor. `npm run docs` copies each region into the comments of its symbols. */

import {
  type Area,
  type Client,
  type ClientView,
  type DoctorFinding,
  type DoctorOptions,
  doctor,
  type Level,
  type Meaning,
  type Report,
  type StepUp,
} from 'mcp-gatehouse/doctor'

// #region doctor
export async function findErrors(): Promise<string[]> {
  const report = await doctor('https://api.example.com/notes')
  const errors = report.findings.filter(({ level }) => level === 'error')
  return errors.map(({ id, message, remedy }) => `${id}: ${message} ${remedy}`)
}
// #endregion

// #region Report
export function failingServers({ reports = [] }: Report): string[] {
  return reports.filter(({ errors }) => errors > 0).map(({ url }) => url)
}
// #endregion

// #region DoctorOptions
export const options: DoctorOptions = {
  token: 'from the environment',
  origin: 'https://app.example.com',
  timeoutMs: 5000,
}
// #endregion

// #region DoctorFinding Level Area Meaning Client
export function summaryFor(client: Client, finding: DoctorFinding): string {
  const level: Level = finding.level
  const area: Area = finding.area
  const means: Meaning | undefined = finding.means
  return `${level} in ${area}: ${means?.[client] ?? finding.message}`
}
// #endregion

// #region ClientView StepUp
export function clientsThatCannotStepUp({ clients = [] }: Report): string[] {
  const never: StepUp = 'never'
  return clients.filter(({ stepUp }: ClientView) => stepUp === never).map(({ client }) => client)
}
// #endregion
