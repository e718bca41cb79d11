/** A plot of lines as SVG, without dependencies. */

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

interface Plot {
  readonly title: string
  readonly lines: readonly Line[]
  /** Whether both axes are logarithmic. */
  readonly isLogarithmic: boolean
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 400, 80, 280, 40, 40]
const COLOURS = [
  '#666666',
  '#0b6e4f',
  '#1d9bf0',
  '#8ecdf7',
  '#c0392b',
  '#e67e22',
  '#8e44ad',
  '#444444',
]

export function plot({ title, lines, isLogarithmic }: Plot): string {
  const scale = (value: number): number => (isLogarithmic ? Math.log(value) : value)
  const all = lines.flatMap(({ points }) => points)
  const range = (values: readonly number[]): [number, number] => {
    const [least, most] = [Math.min(...values.map(scale)), Math.max(...values.map(scale))]
    return most > least ? [least, most] : [least - 1, most + 1]
  }
  const [[x0, x1], [y0, y1]] = [range(all.map(([x]) => x)), range(all.map(([, y]) => y))]
  const x = (value: number): number =>
    LEFT + ((scale(value) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((scale(value) - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM)
  const place = (value: number): string => value.toFixed(1)
  const ticksX = [...new Set(all.map(([value]) => value))]
  const ticksY = [1, 2, 5].flatMap((first) => [3, 4, 5].map((power) => first * 10 ** power))
  const shown = ticksY.filter((value) => scale(value) >= y0 && scale(value) <= y1)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${title}</text>`,
    ...ticksX.map(
      (value) =>
        `<text x="${place(x(value))}" y="${HEIGHT - 16}" text-anchor="middle">${value.toLocaleString('en')}</text>`,
    ),
    ...shown.flatMap((value) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${place(y(value))}" y2="${place(y(value))}" stroke="#dddddd"/>`,
      `<text x="${LEFT - 8}" y="${place(y(value) + 4)}" text-anchor="end">${value.toLocaleString('en')}</text>`,
    ]),
    ...lines.flatMap(({ name, points }, index) => {
      const colour = COLOURS[index % COLOURS.length]
      const path = points.map(([a, b]) => `${place(x(a))},${place(y(b))}`).join(' ')
      const top = TOP + 18 * index
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...points.map(
          ([a, b]) => `<circle cx="${place(x(a))}" cy="${place(y(b))}" r="3" fill="${colour}"/>`,
        ),
        `<rect x="${WIDTH - RIGHT + 20}" y="${top}" width="12" height="12" fill="${colour}"/>`,
        `<text x="${WIDTH - RIGHT + 38}" y="${top + 10}">${name}</text>`,
      ]
    }),
    '</svg>',
    '',
  ].join('\n')
}
