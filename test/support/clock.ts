/** A clock that stands still until a test moves it. Seconds since the epoch. */
export interface TestClock {
  now(): number
  advance(seconds: number): void
}

export const START = 1_800_000_000

export function createClock(start: number = START): TestClock {
  let time = start
  return {
    now: () => time,
    advance: (seconds) => {
      time += seconds
    },
  }
}
