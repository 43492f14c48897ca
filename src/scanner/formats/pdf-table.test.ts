import { expect, test } from 'vitest'
import { NumberIndex, ObjectTable } from './pdf-table.ts'

test('a table keeps what it is told of each object while it grows', () => {
  const table = new ObjectTable()
  for (let n = 0; n < 1000; n++) expect(table.add({ number: n * 3, generation: n, offset: n * 100, body: n * 100 + 7, home: n % 2 === 0 ? -1 : 5 })).toBe(n)
  table.setStream(999, 17, 40)
  table.setApart(998, 'after-end')
  expect([table.rows, table.number(500), table.generation(500), table.body(500), table.home(501)]).toEqual([1000, 1500, 500, 50_007, 5])
  expect([table.streamFrom(999), table.streamEnd(999), table.streamFrom(998), table.apart(998), table.apart(999)]).toEqual([17, 40, 0, 'after-end', undefined])
})

test('an index finds numbers of any size, and what stood there before', () => {
  const table = new ObjectTable()
  const numbers = [0, 1, 1, 9_999_999_999, 9_999_999_999, 2.5, -3, 70_000_000]
  for (const number of numbers) table.add({ number, generation: 0, offset: 0, body: 4, home: -1 })
  const index = new NumberIndex(table)
  expect(numbers.map((_, row) => index.set(row))).toEqual([-1, -1, 1, -1, 3, -1, -1, -1])
  expect([0, 1, 9_999_999_999, 2.5, -3, 70_000_000, 4].map((number) => index.get(number))).toEqual([0, 2, 4, 5, 6, 7, -1])
})
