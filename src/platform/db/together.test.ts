import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { together } from '#platform/db/together.ts'

const nameOf = (each: Buffer) => each.toString('hex')
const hash = (n: number) => Buffer.alloc(32, n)
const known = (hashes: readonly Buffer[]) => new Map(hashes.filter((each) => each[0] !== 9).map((each) => [nameOf(each), each[0]!]))

describe('looking up together', () => {
  it('asks once for all who come in one turn, and with the next question for all who came meanwhile', async () => {
    const asked: number[][] = []
    const turns = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
    const find = together<Buffer, number>(nameOf, async (hashes) => {
      const turn = turns[asked.push(hashes.map((each) => each[0]!)) - 1]
      await turn?.promise
      return known(hashes)
    })
    const first = [1, 2].map((n) => find(hash(n)))
    await nextTurn()
    const meanwhile = [3, 9, 3].map((n) => find(hash(n)))
    for (const { resolve } of turns) resolve()
    expect(await Promise.all([...first, ...meanwhile])).toEqual([1, 2, 3, undefined, 3])
    expect(await find(hash(4))).toBe(4)
    expect(asked).toEqual([[1, 2], [3, 9, 3], [4]])
  })

  it('never answers by a question that was asked before', async () => {
    let revoked = false
    const answers: (() => void)[] = []
    const find = together<Buffer, boolean>(nameOf, async (hashes) => {
      const good = !revoked
      await new Promise<void>((resolve) => answers.push(resolve))
      return new Map(hashes.map((each) => [nameOf(each), good]))
    })
    const before = find(hash(1))
    await nextTurn()
    revoked = true
    const after = find(hash(1))
    answers[0]!()
    expect(await before).toBe(true)
    answers[1]!()
    expect(await after).toBe(false)
  })

  it('fails for all who were asked for together, and goes on', async () => {
    let fails = true
    const find = together<Buffer, number>(nameOf, async (hashes) => {
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
