/** mcpc, whose session is a process of its own between its commands. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { callInEachStep } from './control.mjs'

const [program, url, ...options] = process.argv.slice(2)
const mcpc = async (...args) => {
  try {
    const running = promisify(execFile)(program, args)
    // Otherwise it reads the arguments of a tool from it.
    running.child.stdin.end()
    const { stdout, stderr } = await running
    return stdout + stderr
  } catch (error) {
    return `${error.stdout}${error.stderr}`
  }
}
console.log(await mcpc('login', url, ...options))
console.log(await mcpc('connect', url, '@notes'))
let answer = ''
await callInEachStep(async (name, args) => {
  // What it tells its user to do.
  if (answer.includes('mcpc @notes restart')) await mcpc('@notes', 'restart')
  const parameters = Object.entries(args).map(([key, value]) => `${key}:=${value}`)
  const answered = await mcpc('@notes', 'tools-call', name, ...parameters)
  answer = answered
  return answered
})
