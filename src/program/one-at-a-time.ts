import { RateLimited } from '#platform/http/rate-limit.ts'

/**
 * Does costly work one piece after another, so that many requests at once cost the memory of one; while `mostWaiting` pieces wait
 * besides the one that is done, a further one throws RATE_LIMITED at once instead of holding its request for long.
 */
export function oneAtATime(mostWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve()
  let pending = 0
  return async (work) => {
    if (pending > mostWaiting) throw new RateLimited(10, 'Too many others wait for the same work; wait 10 seconds, then send it again.')
    pending += 1
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      pending -= 1
    }
  }
}
