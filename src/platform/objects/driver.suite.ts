import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { thisMachine } from '#platform/clock/machine.ts'
import { createIds } from '#platform/ids.ts'
import type { Driver, StoredKey } from '#platform/objects/driver.ts'

const { wallMs } = thisMachine()

/** The contract of `Driver` as tests: every driver passes them over a store of its own, which is empty at first. */
export function driverSuite(name: string, open: () => Promise<{ driver: Driver; close(): Promise<void> }>): void {
  describe(`${name} as a driver`, () => {
    let driver: Driver
    let close: () => Promise<void>
    beforeAll(async () => {
      ;({ driver, close } = await open())
    })
    afterAll(() => close())

    const ids = createIds(wallMs)
    const newKey = (): StoredKey => ids.next()
    const put = (key: StoredKey, bytes: Buffer) => driver.put(key, inPieces(bytes))
    const get = async (key: StoredKey) => buffer(await driver.get(key))
    const keys = async () => {
      const found: StoredKey[] = []
      for await (const { key } of driver.list()) found.push(key)
      return found
    }

    it.each([0, 1, 65_552, 5_000_000])('gives back %i bytes as they were', async (size) => {
      const [key, bytes] = [newKey(), randomBytes(size)]
      await put(key, bytes)
      expect((await get(key)).equals(bytes)).toBe(true)
      expect(await driver.exists(key)).toBe(true)
    })

    it('says that it is ready', async () => {
      expect(await driver.ready()).toBe(true)
    })

    it('has nothing under a key that was never written', async () => {
      const key = newKey()
      expect(await driver.exists(key)).toBe(false)
      await expect(driver.get(key)).rejects.toMatchObject({ code: 'BYTES_MISSING' })
      await expect(driver.delete(key)).resolves.toBeUndefined()
    })

    it('writes a key once', async () => {
      const [key, bytes] = [newKey(), randomBytes(1000)]
      await put(key, bytes)
      await expect(put(key, randomBytes(1000))).rejects.toMatchObject({ code: 'BYTES_EXIST' })
      expect((await get(key)).equals(bytes)).toBe(true)
    })

    it('lets one of several writers of a key win, whole', async () => {
      const key = newKey()
      const candidates = Array.from({ length: 5 }, () => randomBytes(200_000))
      const results = await Promise.allSettled(candidates.map((bytes) => put(key, bytes)))
      const winner = results.findIndex((result) => result.status === 'fulfilled')
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'BYTES_EXIST' })
      expect((await get(key)).equals(candidates[winner]!)).toBe(true)
    })

    it('keeps nothing of a source that fails, and passes its error on', async () => {
      const key = newKey()
      async function* failing() {
        yield randomBytes(300_000)
        throw new Error('the client went away')
      }
      await expect(driver.put(key, failing())).rejects.toThrow('the client went away')
      expect(await driver.exists(key)).toBe(false)
      await put(key, Buffer.from('again'))
      expect((await get(key)).toString()).toBe('again')
    })

    it('shows nothing under a key before all of it is stored', async () => {
      const key = newKey()
      let seen: boolean | undefined
      async function* slow() {
        yield randomBytes(300_000)
        seen = await driver.exists(key)
        yield randomBytes(10)
      }
      await driver.put(key, slow())
      expect([seen, await driver.exists(key)]).toEqual([false, true])
    })

    it('forgets what is deleted, also twice', async () => {
      const key = newKey()
      await put(key, randomBytes(10))
      await driver.delete(key)
      await driver.delete(key)
      expect(await driver.exists(key)).toBe(false)
      await expect(driver.get(key)).rejects.toMatchObject({ code: 'BYTES_MISSING' })
    })

    it('lists every key with the instant it was stored, and none that is gone', async () => {
      const [kept, gone] = [newKey(), newKey()]
      await put(kept, randomBytes(10))
      await put(gone, randomBytes(10))
      await driver.delete(gone)
      const listed = await keys()
      expect(listed).toContain(kept)
      expect(listed).not.toContain(gone)
      expect(new Set(listed).size).toBe(listed.length)
      for await (const { storedAt } of driver.list()) expect(Math.abs(wallMs() - storedAt.getTime())).toBeLessThan(600_000)
    })

    it('reads one key for many at once, and ends a read that is given up', async () => {
      const [key, bytes] = [newKey(), randomBytes(1_000_000)]
      await put(key, bytes)
      const reads = await Promise.all(Array.from({ length: 8 }, () => get(key)))
      expect(reads.every((read) => read.equals(bytes))).toBe(true)
      const stream = await driver.get(key)
      stream.destroy()
      await new Promise((resolve) => stream.once('close', resolve))
      expect(stream.destroyed).toBe(true)
    })

    const hostile = [
      '',
      '.',
      '..',
      '../../etc/passwd',
      '/etc/passwd',
      'a/b',
      '00000000-0000-7000-8000-000000000000/..',
      '00000000-0000-7000-8000-00000000000\0',
    ]
    it.each([...hostile, '00000000-0000-4000-8000-000000000000', '0193ABCD-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000000\n'])(
      'refuses %j as a key everywhere',
      async (key) => {
        const before = await keys()
        const attempts = [() => put(key, randomBytes(1)), () => driver.get(key), () => driver.delete(key), () => driver.exists(key)]
        for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'BAD_KEY' })
        expect((await keys()).sort()).toEqual(before.sort())
      },
    )
  })
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
