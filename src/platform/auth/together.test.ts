import { describe, expect, it } from 'vitest'
import { together } from '#platform/auth/together.ts'

const hash = (n: number) => Buffer.alloc(32, n)
const known = (hashes: readonly Buffer[]) => new Map(hashes.filter((each) => each[0] !== 9).map((each) => [each.toString('hex'), each[0]!]))

describe('looking up together', () => {
  it('asks at once for who comes first, and with the next question for all who came meanwhile', async () => {
    const asked: number[][] = []
    const find = together<number>(async (hashes) => {
      asked.push(hashes.map((each) => each[0]!))
      await Promise.resolve()
      return known(hashes)
    })
    expect(await Promise.all([1, 2, 3, 9].map((n) => find(hash(n))))).toEqual([1, 2, 3, undefined])
    expect(await find(hash(4))).toBe(4)
    expect(asked).toEqual([[1], [2, 3, 9], [4]])
  })

  it('never answers by a question that was asked before', async () => {
    let revoked = false
    const answers: (() => void)[] = []
    const find = together<boolean>(async (hashes) => {
      const good = !revoked
      await new Promise<void>((resolve) => answers.push(resolve))
      return new Map(hashes.map((each) => [each.toString('hex'), good]))
    })
    const before = find(hash(1))
    revoked = true
    const after = find(hash(1))
    answers[0]!()
    expect(await before).toBe(true)
    answers[1]!()
    expect(await after).toBe(false)
  })

  it('fails for all who were asked for together, and goes on', async () => {
    let fails = true
    const find = together<number>(async (hashes) => {
      await Promise.resolve()
      if (fails) throw new Error('no database')
      return known(hashes)
    })
    const results = await Promise.allSettled([1, 2, 3].map((n) => find(hash(n))))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    fails = false
    expect(await find(hash(5))).toBe(5)
  })
})
