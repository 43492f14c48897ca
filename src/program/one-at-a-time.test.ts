import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { oneAtATime } from '#program/one-at-a-time.ts'

it('does one piece of work after another, refuses what would wait behind too many, and takes more once there is room', async () => {
  const run = oneAtATime(2)
  let busy = 0
  const log: number[] = []
  const work = (n: number) => async () => {
    busy += 1
    expect(busy).toBe(1)
    await setImmediate()
    busy -= 1
    log.push(n)
    if (n === 1) throw new Error('failed')
    return n
  }
  const answers = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => run(work(n))))
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected'])
  for (const n of [3, 4]) expect(answers[n]).toMatchObject({ reason: { code: 'RATE_LIMITED', retryAfterSeconds: 10 } })
  expect(log).toEqual([0, 1, 2])
  expect(await run(work(5))).toBe(5)
})
