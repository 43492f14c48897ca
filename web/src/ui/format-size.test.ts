import { expect, it } from 'vitest'
import { formatSize } from './format-size.ts'

it('shows a size in the unit that people read it in', () => {
  const shown = [0, 1, 999, 1000, 9_949, 9_950, 999_499, 999_500, 50 * 2 ** 20, 1e15].map(formatSize)
  expect(shown).toEqual(['0 bytes', '1 byte', '999 bytes', '1.0 kB', '9.9 kB', '10 kB', '999 kB', '1.0 MB', '52 MB', '1000 TB'])
})
