import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkpointFileOf } from '#platform/audit/create-audit.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { issueDemonstrationToken } from '#platform/auth/issue-demonstration-token.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { loadDemonstration, type Demonstration } from '#main/demonstration/load.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { connect, type Caller } from '../examples/http.ts'
import { walk } from '../examples/loop.ts'

/** The loop as the example script walks it, on the demonstration's own data, with a clock that the test holds. */
describe('the loop', () => {
  let vedette: TestApp
  let worker: Worker
  let demonstration: Demonstration
  let url: string

  beforeAll(async () => {
    vedette = await testApp({ edition: 'demo' })
    worker = await startWorker(vedette.app)
    demonstration = await loadDemonstration(vedette.app)
    url = await vedette.listen()
  }, 120_000)
  afterAll(async () => {
    await worker.stop()
    await vedette.close()
  })

  const as = async (role: string): Promise<Caller> => {
    const { id } = demonstration.people.find((person) => person.role === role)!
    return connect(url, await issueDemonstrationToken(vedette.app, id))
  }
  const verify = () => verifyLog(vedette.app, { checkpointFiles: [checkpointFileOf(vedette.app.config.dataDir)] })

  it('is loaded once, however often it is started', async () => {
    const rows = async () =>
      (
        await vedette.database.superuser.query(
          `select (select count(*) from package) p, (select count(*) from submission) s, (select count(*) from sighting) i, (select count(*) from collection) c,
            (select count(*) from object_version v join collection k on k.id = v.collection_id and k.purpose is null) o, (select count(*) from sharing_group) g, (select string_agg(state, ' ' order by name) from remote) r`,
        )
      ).rows[0]
    const before = await rows()
    expect(before).toEqual({ p: 2, s: 3, i: 4, c: 4, o: expect.any(Number), g: 1, r: 'paused proposed' })
    expect(before.o).toBeGreaterThan(40)
    await loadDemonstration(vedette.app)
    expect(await rows()).toEqual(before)
  })

  it('shows an open and a closed release to the operator, and each tier its own', async () => {
    const count = async (role: string) => (await (await as(role)).get<{ items: unknown[] }>('/api/packages')).items.length
    expect(await Promise.all(['operator author', 'vendor analyst', 'vendor analyst, validate tier', 'vendor analyst, entry tier'].map(count))).toEqual([
      2, 1, 1, 0,
    ])
  })

  it('can be walked from an advisory to the proof', { timeout: 120_000 }, async () => {
    const responders = await Promise.all(['responder', 'responder 2', 'responder 3', 'responder 4', 'responder 5'].map(as))
    const people = { author: await as('operator author'), approver: await as('operator approver'), advance: await as('vendor analyst') }
    await walk({
      url,
      people: { ...people, entry: await as('vendor analyst, entry tier'), responders },
      setClock: (instant) => vedette.clock.set(instant),
      verifyLog: async () => (await verify()).ok,
    })
  })

  /** Table, primary key, bound column, and what somebody with the database's password makes of it. */
  const edits = [
    ['package_version', ['package_id', 'version'], 'content_hash', 'sha256(content_hash)'],
    ['approval', ['id'], 'approved_at', `approved_at - interval '1 hour'`],
    ['release', ['id'], 'entry_at', `entry_at - interval '1 second'`],
    ['receipt', ['id'], 'received_at', `received_at - interval '1 hour'`],
    ['clearance', ['person_id', 'operator_id'], 'products', `array['Another product']`],
    ['submission', ['id'], 'exploit', `'none-seen'`],
    ['sighting', ['id'], 'count', 'count + 1'],
    ['protection', ['id'], 'product', `'Another product'`],
  ] as const
  it.each(edits)('is contradicted by the log when a row of %s is edited, and the row is named', async (table, key, column, value) => {
    const { superuser } = vedette.database
    expect((await verify()).faults).toEqual([])
    await superuser.query(`create table before_edit as select * from ${table} where ${column} is not null limit 1`)
    const { rows } = await superuser.query<Record<string, unknown>>(`select ${key.join(', ')} from before_edit`)
    const named = key.map((name) => `${table}.${name} = before_edit.${name}`).join(' and ')
    await superuser.query(`update ${table} set ${column} = ${value.replaceAll(column, `${table}.${column}`)} from before_edit where ${named}`)
    const { faults } = await verify()
    expect(faults).toEqual([expect.objectContaining({ table, code: 'ROW_ALTERED' })])
    for (const part of Object.values(rows[0]!)) expect(faults[0]!.id).toContain(String(part))
    await superuser.query(`update ${table} set ${column} = before_edit.${column} from before_edit where ${named}; drop table before_edit`)
    expect((await verify()).faults).toEqual([])
  })
})
