const UNITS = ['kB', 'MB', 'GB', 'TB'] as const

/** `812 bytes`, `1.4 MB`: in steps of 1000, as file managers show it. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  let value = bytes / 1000
  let unit = 0
  // What would round to 1000 of one unit is 1 of the next.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}
