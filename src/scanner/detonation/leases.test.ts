import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openFarm } from '#scanner/detonation/farm.ts'
import type { DetonationId } from '#scanner/detonation/queue.ts'
import { runDetonation } from '#scanner/detonation/run-detonation.ts'
import type { TestApp } from '#test/harness/app.ts'
import { another, digestOf, LIMITS, type Play, TestScanner } from '#test/harness/detonation/open-scanner.ts'
import { letHeartbeatsLapse, until } from '#test/harness/jobs.ts'
import type { SeededOperator } from '#test/harness/people.ts'
import { POPPLER, replaySandbox } from '#test/harness/replay-sandbox.ts'

const DOOMED = fileURLToPath(new URL('../../../test/harness/doomed-detonator.ts', import.meta.url))

const scanner = new TestScanner()
const { analyst, ask, submit, read, inState, runs, rows, events, leases, work, workWithoutFarm, stopWorkers } = scanner
let test: TestApp
let a: SeededOperator
beforeAll(async () => {
  ;({ test, a } = await scanner.open())
})
afterEach(scanner.stopWorkers)
afterAll(scanner.close)

describe('an attempt that is ended', () => {
  it.each([
    ['while it only waited', 'pending', 0],
    ['with its document open', 'opening', 1],
  ] as const)('%s counts as it must', async (_when, state, counted) => {
    await workWithoutFarm()
    const over = new AbortController()
    const play: Play = ({ watcher }) => {
      watcher.happening?.({ kind: 'viewer', state, t: 0, rank: 'host' })
      over.abort(new Error('over its limit'))
      return new Promise(() => undefined)
    }
    const farm = openFarm(async () => replaySandbox(POPPLER, play, digestOf), LIMITS)
    const end = await farm.begin(test.app)
    const { id } = await submit(another(), '?environments=poppler-debian12')
    await inState(id, 'detonating')
    const [run] = await runs(id)
    await expect(runDetonation(test.app, farm, run!.id as DetonationId, over.signal)).rejects.toThrow('over its limit')
    expect(await rows('select attempts, started_at is null as waits from detonation where id = $1', [run!.id])).toEqual([
      { attempts: counted, waits: counted === 0 },
    ])
    await ask(analyst(), `/api/submissions/${id}/cancel`, 'POST')
    await end()
  })
})

describe('machines', () => {
  it('are lent up to their number over many workers, and those of a dead worker return', async () => {
    let running = 0
    let most = 0
    const play: Play = async ({ answer }) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 150))
      running--
      return answer()
    }
    await work(play)
    await work(play)
    const ids = await Promise.all(Array.from({ length: 4 }, async (_, n) => (await submit(another(), '', n % 2 ? analyst() : a.responder.people.analyst)).id))
    await until(async () => (await rows('select 1 from submission where id = any($1) and finished_at is not null', [ids])).length === ids.length, 40_000)
    expect(most).toBe(LIMITS.machines)
  })

  it('of a worker that is killed while a document is open return, and the document has its answer', { timeout: 90_000 }, async () => {
    await workWithoutFarm()
    const child = spawn(process.execPath, [DOOMED, test.app.config.dataDir, JSON.stringify(test.database.app)], { stdio: ['ignore', 'pipe', 'inherit'] })
    await until(async () => (await rows(`select 1 from sandbox_worker where host = 'doomed'`)).length > 0)
    const lines = createInterface(child.stdout)
    const { id } = await submit()
    const [line] = (await once(lines, 'line')) as [string]
    expect(line).toMatch(/^opened in poppler/)
    await once(child, 'exit')
    // Control: the dead worker's lease is still there.
    expect((await leases()).length).toBeGreaterThan(0)
    await stopWorkers()
    await letHeartbeatsLapse(test.database.superuser)
    await work()
    await until(async () => (await read(id)).state === 'done', 80_000)
    expect(await runs(id)).toMatchObject(POPPLER.map(() => ({ state: 'ended', end: 'rendered' })))
    expect(await leases()).toEqual([])
    expect(await events(id)).toHaveLength(1)
  })
})

describe('a lease', () => {
  const detonation = () => randomUUID() as string as DetonationId
  const wanted = (id: DetonationId) => ({ detonation: id, operator: a.id, environment: POPPLER[0] })
  const lent = async () => (await leases()).map(({ detonation_id: id }) => id)
  const never = new AbortController().signal
  /** The application of a worker whose database goes away, or whose answer is lost on the way. */
  const shaky = () => {
    const fault = { away: false, deaf: false }
    const transaction: TestApp['app']['db']['transaction'] = async (actor, work) => {
      if (fault.away) throw new Error('the database is away')
      const answer = await test.app.db.transaction(actor, work)
      if (fault.deaf) throw new Error('the answer was lost')
      return answer
    }
    return { fault, app: { ...test.app, db: { ...test.app.db, transaction } } }
  }

  it('whose end or beginning the database did not tell of is given back, and none that is held', async () => {
    const { fault, app } = shaky()
    const farm = openFarm(async () => replaySandbox(POPPLER, ({ answer }) => answer(), digestOf), { ...LIMITS, machines: 3 })
    const end = await farm.begin(app)
    const take = (id: DetonationId) => farm.lease(app, wanted(id), never, async () => undefined)
    const [ended, unheard, open] = [detonation(), detonation(), detonation()]
    const held = await take(open)
    const over = await take(ended)
    fault.away = true
    await over.release()
    fault.away = false
    fault.deaf = true
    await expect(take(unheard)).rejects.toThrow('the answer was lost')
    fault.deaf = false
    // Control: both are lent still. Each can be had again at once, and is one lease.
    expect(new Set(await lent())).toEqual(new Set([ended, unheard, open]))
    const again = await take(unheard)
    expect(await leases()).toHaveLength(3)
    await until(async () => !(await lent()).includes(ended))
    expect(new Set(await lent())).toEqual(new Set([unheard, open]))
    expect([held.signal.aborted, again.signal.aborted]).toEqual([false, false])
    await Promise.all([held.release(), again.release()])
    expect(await leases()).toEqual([])
    await end()
  })

  it('is one for each detonation: another run of it waits until the first has given it back', async () => {
    const farm = openFarm(async () => replaySandbox(POPPLER, ({ answer }) => answer(), digestOf), LIMITS)
    const end = await farm.begin(test.app)
    const id = detonation()
    const waits: unknown[] = []
    const first = await farm.lease(test.app, wanted(id), never, async () => undefined)
    const second = farm.lease(test.app, wanted(id), never, async (what) => void waits.push(what))
    await until(async () => waits.length > 0)
    expect([waits, await lent()]).toEqual([['machine'], [id]])
    await first.release()
    await (await second).release()
    expect(await leases()).toEqual([])
    await end()
  })

  it('is of as much memory as its environment has, and what is larger than the host is not used and named', async () => {
    const windows = { ...POPPLER[0], name: 'office', driver: 'windows', memory_mib: 3_000 } as const
    const large = { ...windows, name: 'large', memory_mib: LIMITS.memoryMib + 1 }
    const sandbox = { ...replaySandbox([windows, large], ({ answer }) => answer(), digestOf), notes: ['Guests run by KVM.'] }
    const farm = openFarm(async () => sandbox, LIMITS)
    const end = await farm.begin(test.app)
    expect((await farm.environments()).map(({ name }) => name)).toEqual(['office'])
    expect((await rows('select notes from sandbox_worker where id = $1', [farm.worker]))[0]).toEqual({
      notes: ['Not used is large: a machine of it takes 4097 MiB of memory, and all machines of this host have 4096 MiB.', 'Guests run by KVM.'],
    })
    const first = await farm.lease(test.app, { ...wanted(detonation()), environment: windows }, never, async () => undefined)
    const enough = new AbortController()
    const second = farm.lease(test.app, { ...wanted(detonation()), environment: windows }, enough.signal, async (what) => enough.abort(new Error(what!)))
    await expect(second).rejects.toThrow('memory')
    await first.release()
    await end()
  })
})
