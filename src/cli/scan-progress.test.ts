import { expect, it } from 'vitest'
import { scanLine } from '#scanner/reports/scan-line.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { openProgress } from './scan-progress.ts'

const line = scanLine('a\u001b[2Jb', undefined, scanBytes(Buffer.from('text')))

function written(isTTY: boolean, asked: boolean): string {
  let text = ''
  const progress = openProgress({ isTTY, columns: 60, write: (piece) => (text += piece) }, asked)
  progress.add(line)
  progress.clear()
  progress.end()
  return text
}

it('is a line that is rewritten on a terminal, no longer than it is wide, and no file name speaks to it', () => {
  const [first, rest] = written(true, false).split('\r')
  expect(first!.length).toBeLessThan(60)
  expect(first).toMatch(/^1 scanned/)
  expect(rest).toMatch(/^.\[K1 scanned.*\n$/)
  expect(written(true, false)).not.toContain('\u001b[2J')
})

it('is nothing elsewhere unless it is asked for', () => {
  expect(written(false, false)).toBe('')
  expect(written(false, true).split('\n')).toHaveLength(3)
})
