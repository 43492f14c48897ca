import { readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import type { Detonation } from '#scanner/detonation/contract.ts'
import { openFarm } from '#scanner/detonation/farm.ts'
import { detonationJobs } from '#scanner/detonation/jobs.ts'
import { openSandboxes } from '#scanner/detonation/open-sandboxes.ts'
import { readPng } from '#scanner/formats/png.ts'
import { Budget } from '#scanner/intake/limits.ts'
import { openPool } from '#scanner/jail/pool.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { testGuest } from '#test/harness/guest.ts'
import { until } from '#test/harness/jobs.ts'
import { onePage } from '#test/harness/one-page.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

const guest = await testGuest()
if (guest.skipped !== undefined) console.log(`no submission is opened in a real guest: ${guest.skipped}`)

describe.skipIf(guest.skipped !== undefined)('a worker with real guests', () => {
  let test: TestApp
  let operator: SeededOperator
  let worker: Worker
  const pool = openPool({ processes: 1 })
  beforeAll(async () => {
    test = await testApp()
    ;[operator] = await seedPeople(test.app)
    symlinkSync(dirname((guest as { folder: string }).folder), join(test.app.config.dataDir, 'guest'))
    worker = await startWorker(test.app, { kinds: [...scanJobs(pool), ...detonationJobs(openFarm(openSandboxes))] })
  })
  afterAll(async () => {
    await worker?.stop()
    pool.close()
    await test?.close()
  })

  it('opens a PDF that is handed in, and gives report, picture and verdict', { timeout: 330_000 }, async () => {
    const { token: headers } = operator.vendor.people.analyst
    const get = async <T>(url: string) => (await test.server.inject({ url: `/api/submissions/${url}`, headers })).json<T>()
    const type = { 'content-type': 'application/octet-stream' }
    const answer = await test.server.inject({ method: 'POST', url: '/api/submissions', headers: { ...headers, ...type }, payload: onePage('Nothing to see') })
    const { id } = answer.json<{ id: string }>()
    expect(await until(async () => (await get<{ state: string }>(id)).state === 'done' && get(id), 280_000)).toMatchObject({ exploit: 'none-seen' })

    const { items } = await get<{ items: { id: string; environment: { version: string } }[] }>(`${id}/detonations`)
    expect(items).toMatchObject([{ state: 'ended', end: 'rendered', failure: null, environment: { name: 'poppler-debian12' } }])
    const report = await get<Detonation>(`${id}/detonations/${items[0]!.id}`)
    expect(report).toMatchObject({ end: 'rendered', machine: { image: (guest as { manifest: { image: { sha256: string } } }).manifest.image.sha256 } })
    expect(report.happenings.some((one) => one.kind === 'process-start' && one.rank === 'kernel' && one.image.endsWith('pdftoppm'))).toBe(true)
    const picture = report.happenings.find((one) => one.kind === 'picture')!
    const shown = await test.server.inject({ url: `/api/submissions/${id}/detonations/${items[0]!.id}/pictures/${picture.sha256}`, headers })
    expect(readPng(shown.rawPayload, new Budget())).toMatchObject({ width: picture.width, height: picture.height })

    const upstream = items[0]!.environment.version.split('-')[0]
    const verdict = await get<{ reasons: string[]; environments: object[] }>(`${id}/verdict`)
    expect(verdict.environments).toMatchObject([{ environment: { name: 'poppler-debian12' }, showed: 'not-seen', said: `Not seen in Poppler ${upstream}.` }])
    expect(verdict.reasons).toContain(`Not seen in Poppler ${upstream}.`)
    expect(await get(`${id}/report`)).toMatchObject({ behaviour: { state: 'watched' } })
    // Nothing of it is left.
    expect((await test.database.superuser.query('select 1 from sandbox_lease')).rows).toEqual([])
    await worker.stop()
    expect(readdirSync(join(test.app.config.dataDir, 'guest-runs'))).toEqual([])
  })
})
