/** The Levenshtein distance: the number of letters to add, remove or replace to turn one text into another. */

export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** The name that differs least, and in at most a quarter of its letters, whatever their case. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const text = name.slice(0, 64).toLowerCase()
  const distanceOf = (each: string): number => editDistance(text, each.toLowerCase())
  const near = known.filter((each) => distanceOf(each) * 4 <= each.length)
  return near.sort((one, other) => distanceOf(one) - distanceOf(other))[0]
}
