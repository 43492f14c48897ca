import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { csvCell, toCsv } from './csv.ts'

describe('a CSV file', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '=HYPERLINK("//evil.example")', '\uFEFF=1', '\n=1', '＝1'])(
    'holds no formula for %j',
    (value) => {
      expect(csvCell(value)).toMatch(/^"?'/)
    },
  )

  it('leaves plain text as it is', () => {
    expect(['Vendor analyst', '2026-11-22T12:00:00.000Z', '17'].map(csvCell)).toEqual(['Vendor analyst', '2026-11-22T12:00:00.000Z', '17'])
  })

  test.prop([fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 2 }), { minLength: 1 })])(
    'reads back as it was written, apart from the guard',
    (rows) => {
      const guarded = rows.map((row) => row.map((cell) => (csvCell(cell).replace(/^"/, '').startsWith("'") && !cell.startsWith("'") ? `'${cell}` : cell)))
      expect(readCsv(toCsv(['a', 'b'], rows))).toEqual([['a', 'b'], ...guarded])
    },
  )
})

/** RFC 4180, section 2, read character by character. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quoted && char === '"' && text[at + 1] === '"') {
      cell += '"'
      at++
    } else if (char === '"') quoted = !quoted
    else if (!quoted && char === ',') {
      row.push(cell)
      cell = ''
    } else if (!quoted && char === '\r' && text[at + 1] === '\n') {
      rows.push([...row, cell])
      row = []
      cell = ''
      at++
    } else cell += char
  }
  return rows
}
