import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { describe, expect, it } from 'vitest'
import { Queries } from './query-client.ts'

/** What is shown in the end when something is changed while it is read for the first time. */
async function shownAfterChange(client: QueryClient): Promise<unknown> {
  let stored = 'before the change'
  const answers: (() => void)[] = []
  const queryFn = () => {
    const found = stored
    return new Promise<string>((resolve) => answers.push(() => resolve(found)))
  }
  const observer = new QueryObserver(client, { queryKey: ['things'], queryFn })
  const unsubscribe = observer.subscribe(() => undefined)
  stored = 'after the change'
  const again = client.invalidateQueries({ queryKey: ['things'] })
  await Promise.resolve()
  for (let turn = 0; turn < 10; turn++) {
    for (const answer of answers.splice(0)) answer()
    await new Promise(setImmediate)
  }
  await again
  unsubscribe()
  return observer.getCurrentResult().data
}

describe('what is read for the first time while it changes', () => {
  it('is read again', async () => {
    expect(await shownAfterChange(new Queries())).toBe('after the change')
  })

  it('would stay as it was before the change without that', async () => {
    expect(await shownAfterChange(new QueryClient())).toBe('before the change')
  })

  it('is left alone where the change is of something else', async () => {
    const client = new Queries()
    const observer = new QueryObserver(client, {
      queryKey: ['things', 'one'],
      queryFn: () => new Promise<string>((resolve) => setImmediate(() => resolve('one'))),
    })
    const unsubscribe = observer.subscribe(() => undefined)
    await client.invalidateQueries({ queryKey: ['things'], exact: true })
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
    unsubscribe()
    expect(observer.getCurrentResult().data).toBe('one')
  })
})
