/** Text of others as a terminal may show it: nothing in it moves the cursor or breaks the line. */
export function shown(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '�')
}

/** Columns in line, with a head; just the head where there are no rows. */
export function asTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(shown))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Data for other programs. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
