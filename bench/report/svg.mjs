// Plots as SVG, of two kinds. Text and axes are of a grey that reads on white as on GitHub's dark background; nothing is filled
// behind them.

const FONT = 'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif"'
const TEXT = '#808a94'
const FAINT = '#80868e'
const ROW = 24
const WIDTH = 820

/** @typedef {{ label: string, value: number, color: string, note?: string }} Bar */
/** @typedef {{ label: string, color: string, points: [x: number, y: number][] }} Line */

/**
 * Horizontal bars, in the order in which they are given.
 * @param {{ title: string, subtitle: string, footer: string, bars: Bar[], format: (value: number) => string }} plot
 */
export function barPlot({ title, subtitle, footer, bars, format }) {
  const [left, top] = [230, 62]
  const largest = Math.max(...bars.map(({ value }) => value))
  const scale = (WIDTH - left - 150) / largest
  const rows = bars.map(({ label, value, color, note }, at) => {
    const y = top + at * ROW
    const length = Math.max(1, value * scale)
    return [
      text(left - 8, y + 14, label, { anchor: 'end' }),
      `<rect x="${left}" y="${y + 2}" width="${length.toFixed(1)}" height="${ROW - 7}" rx="2" fill="${color}"/>`,
      text(left + length + 6, y + 14, note ? `${format(value)}  ${note}` : format(value)),
    ].join('')
  })
  const end = top + bars.length * ROW + 18
  return svg(end + 12, [heading(title, subtitle), ...rows, text(10, end, footer, { size: 11 })])
}

/**
 * Lines over two logarithmic axes.
 * @param {object} plot
 * @param {string} plot.title
 * @param {string} plot.subtitle
 * @param {string} plot.footer
 * @param {Line[]} plot.lines
 * @param {(x: number) => string} plot.formatX
 * @param {(y: number) => string} plot.formatY
 */
export function linePlot({ title, subtitle, footer, lines, formatX, formatY }) {
  const [left, top, right, bottom] = [84, 70, WIDTH - 190, 350]
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].toSorted((a, b) => a - b)
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y))
  const decades = [Math.floor(Math.log10(Math.min(...ys))), Math.ceil(Math.log10(Math.max(...ys)))]
  const x = scaleOf([Math.log10(xs[0]), Math.log10(xs.at(-1) ?? 1)], [left, right])
  const y = scaleOf(decades, [bottom, top])
  const parts = [heading(title, subtitle)]
  for (let power = decades[0]; power <= decades[1]; power += 1) {
    const at = y(10 ** power)
    parts.push(`<path d="M${left} ${at}H${right}" stroke="${FAINT}" stroke-opacity=".35"/>`)
    parts.push(text(left - 8, at + 4, formatY(10 ** power), { anchor: 'end' }))
  }
  for (const value of xs) parts.push(text(x(value), bottom + 20, formatX(value), { anchor: 'middle', size: 11 }))
  const ends = spreadOut(lines.map(({ points }) => y(points.at(-1)?.[1] ?? 1)))
  for (const [at, { label, color, points }] of lines.entries()) {
    const path = points.map(([px, py]) => `${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('L')
    parts.push(`<path d="M${path}" fill="none" stroke="${color}" stroke-width="2.5" stroke-linejoin="round"/>`)
    for (const [px, py] of points) {
      parts.push(`<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3" fill="${color}"/>`)
    }
    parts.push(text(right + 10, ends[at] + 4, label, { fill: color }))
  }
  parts.push(text(10, bottom + 48, footer, { size: 11 }))
  return svg(bottom + 60, parts)
}

/** @param {string} title @param {string} subtitle */
function heading(title, subtitle) {
  return text(10, 22, title, { size: 16, weight: 600 }) + text(10, 42, subtitle, { size: 12 })
}

/** @param {number[]} from logarithms @param {number[]} to @returns {(value: number) => number} */
function scaleOf([low, high], [start, end]) {
  const span = high - low || 1
  return (value) => start + ((Math.log10(value) - low) / span) * (end - start)
}

/** Labels that would lie on each other, moved apart. @param {number[]} places */
function spreadOut(places) {
  const order = places.map((_, at) => at).toSorted((a, b) => places[a] - places[b])
  const spread = [...places]
  for (const [rank, at] of order.entries()) {
    if (rank > 0) spread[at] = Math.max(spread[at], spread[order[rank - 1]] + 15)
  }
  return spread
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {{ anchor?: string, size?: number, weight?: number, fill?: string }} [style]
 */
function text(x, y, content, { anchor = 'start', size = 13, weight = 400, fill = TEXT } = {}) {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"`
  return `<text ${place} font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped}</text>`
}

/** @param {number} height @param {string[]} parts */
function svg(height, parts) {
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${FONT}>\n${parts.join('\n')}\n</svg>\n`
}
