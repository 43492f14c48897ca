/** Text after these characters is taken for a formula by spreadsheet programs; a leading apostrophe makes it text again. */
const FORMULA = /^[\s]*[=+\-@\t\r]/

/** One cell of a CSV file (RFC 4180), harmless when a spreadsheet opens it. */
export function csvCell(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A CSV file with a header line; lines end in CRLF. */
export function toCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
}
