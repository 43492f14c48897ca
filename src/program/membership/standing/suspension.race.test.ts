import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '#platform/auth/actor.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import { createServer } from '#platform/http/server.ts'
import { routeTable } from '#main/serve.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { suspensionRace } from '#test/harness/suspension-race.ts'

/** The figure of the release is measured with 10,000 (bench/suspension.ts); here as many as the time of a test run allows. */
const REQUESTS = Number(process.env['VEDETTE_RACE_REQUESTS'] ?? 1000)
const CONTROL = 400

describe('a suspension, with requests in flight', () => {
  let test: TestApp
  let race: Awaited<ReturnType<typeof suspensionRace>>

  beforeAll(async () => {
    test = await testApp()
    race = await suspensionRace(test)
  }, 60_000)
  afterAll(() => test.close())

  it('lets none that began after the commit succeed, and ends those in flight', { timeout: 120_000 }, async () => {
    const port = Number(new URL(await test.listen()).port)
    const { sent, at, escapes, refusedEarly } = await race.run(port, REQUESTS)
    expect(sent).toHaveLength(REQUESTS)
    expect(sent.filter(({ began }) => began > at).length).toBeGreaterThan(REQUESTS / 10)
    expect(sent.filter(({ ended }) => ended < at).length).toBeGreaterThan(REQUESTS / 20)
    expect(refusedEarly).toEqual([])
    expect(escapes).toEqual([])
  })

  it('as a server that remembers for a second who asked would not', { timeout: 60_000 }, async () => {
    await race.restore()
    const identify = createIdentify(test.app)
    const known = new Map<string, { readonly actor: Actor; readonly until: number }>()
    const remembers: typeof identify = async (request) => {
      const key = `${request.headers.authorization} ${request.headers.cookie}`
      const found = known.get(key)
      if (found && performance.now() < found.until) return found.actor
      const actor = await identify(request)
      known.set(key, { actor, until: performance.now() + 1000 })
      return actor
    }
    const ready = async () => ({ database: true, objects: true, log: true, worker: true, demonstration: true })
    const server = await createServer(test.app, { routes: await routeTable(test.app), identify: remembers, ready })
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { escapes } = await race.run((server.server.address() as AddressInfo).port, CONTROL)
    await server.close()
    expect(escapes.length).toBeGreaterThan(0)
  })
})
