import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import { notify } from '#platform/notices/notify.ts'
import { insertEndpoint } from '#platform/webhooks/store.ts'
import type { Detonation } from '#scanner/detonation/contract.ts'
import type { TestApp } from '#test/harness/app.ts'
import { another, type AnyPerson, holding, TestScanner } from '#test/harness/detonation/open-scanner.ts'
import { seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { until } from '#test/harness/jobs.ts'
import type { SeededOperator } from '#test/harness/people.ts'
import { FAULT, POPPLER, signal } from '#test/harness/replay-sandbox.ts'

const scanner = new TestScanner()
const { analyst, ask, submit, read, listed, exported, inState, runs, rows, events, work } = scanner
let test: TestApp
let a: SeededOperator
let b: SeededOperator
beforeAll(async () => {
  ;({ test, a, b } = await scanner.open())
})
afterEach(scanner.stopWorkers)
afterAll(scanner.close)

const crashing = (more: Partial<Detonation> = {}): Partial<Detonation> => ({
  end: 'crashed',
  happenings: [FAULT],
  signals: [signal('effect', 'unexpected-process')],
  ...more,
})

describe('a zero-day candidate', () => {
  it(
    'is known to the operator alone from the first crash on, is raised to its programme, and is told nowhere until it was a false alarm',
    { timeout: 90_000 },
    async () => {
      const collection = await seedCollection(test.app, a.id, [{ organisation: a.responder.id }], { findings: true })
      const feed = async () => (await new TaxiiClient(test.server, a.responder.people.analyst, a.id, collection).walk()).length
      const none = await feed()
      for (const owner of [{ operator: a.id }, { organisation: a.vendor.id }])
        await test.app.db.transaction(system('test'), (tx) =>
          insertEndpoint(tx, { id: randomUUID() as never, owner, url: Buffer.alloc(1), secret: Buffer.alloc(1), by: analyst().id, at: test.clock.now() }),
        )
      await work(({ answer }) => answer(crashing()))
      const { id } = await submit(another(), '?tlp=CLEAR&share=true')
      await inState(id, 'done')
      // Both ages, each twice.
      const own = await runs(id, a.people.analyst)
      expect(own.map(({ environment: { name }, run }) => `${name} ${run}`).toSorted()).toEqual(
        POPPLER.flatMap(({ name }) => [`${name} 1`, `${name} 2`]).toSorted(),
      )
      expect((await read(id, a.people.analyst)).exploit).toBe('confirmed')
      expect((await ask(a.people.analyst, `/api/submissions/${id}/verdict`)).json()).toMatchObject({ zero_day: [{ line: 'poppler' }] })

      const told = async (person: AnyPerson) => ({
        exploit: (await read(id, person)).exploit,
        ends: new Set((await runs(id, person)).map(({ end }) => end)),
        runs: (await runs(id, person)).map(({ run, happenings }) => `${run} ${happenings > 0}`),
        verdict: (await ask(person, `/api/submissions/${id}/verdict`)).statusCode,
        report: (await ask(person, `/api/submissions/${id}/detonations/${own[0]!.id}`)).statusCode,
        behaviour: (await ask(person, `/api/submissions/${id}/report`)).json<{ behaviour: { state: string } }>().behaviour.state,
        listed: [await listed(id, person), await read(id, person)].map((one) => one?.behaviour?.state),
      })
      expect(await told(analyst())).toEqual({
        exploit: 'none-seen',
        ends: new Set([null]),
        runs: ['1 false', '1 false'],
        verdict: 404,
        report: 404,
        behaviour: 'held',
        listed: ['held', 'held'],
      })
      expect(await told(a.people.analyst)).toMatchObject({ behaviour: 'watched', listed: ['watched', 'watched'] })
      // They go under the marking of the submitter, whoever saves them.
      for (const person of [analyst(), a.people.analyst])
        for (const form of await exported(id, person)) {
          expect(form).not.toMatch(/crashed|unexpected-process|confirmed|Poppler/)
          expect(form).toContain('The operator holds back what was seen in environments')
        }
      for (const table of ['detonation_result', 'submission_behaviour'] as const)
        expect(
          await test.app.db.read(analyst().actor, (tx) => tx.db.selectFrom(table).select('submission_id').where('submission_id', '=', id).execute()),
        ).toEqual([])
      expect((await events(id)).map(({ type }) => type)).toEqual(['submission.zero-day-candidate-seen'])
      const cases = async (person: AnyPerson) =>
        (await ask(person, '/api/zero-day-candidates')).json<{ items: { id: string; submission: string; closed: object | null }[] }>().items
      await until(async () => (await cases(a.people.author)).length > 0)
      const [opened] = await cases(a.people.author)
      expect(opened).toMatchObject({ submission: id, line: 'poppler', closed: null })
      expect(await cases(b.people.author)).toEqual([])
      expect([await feed(), await rows('select 1 from webhook_delivery')]).toEqual([none, []])
      expect((await ask(analyst(), '/api/zero-day-candidates')).statusCode).toBe(403)
      const close = (body: object, person: AnyPerson = a.people.analyst) => ask(person, `/api/zero-day-candidates/${opened!.id}/close`, 'POST', body)
      expect((await close({ outcome: 'false-alarm', reason: 'x' }, b.people.analyst)).statusCode).toBe(404)
      expect((await close({ outcome: 'false-alarm', reason: '' })).json()).toMatchObject({ code: 'VALIDATION_FAILED' })
      expect((await close({ outcome: 'false-alarm', reason: 'A fault of the test viewer.' })).statusCode).toBe(204)
      expect((await close({ outcome: 'taken-on', reason: 'No.' })).json()).toMatchObject({ code: 'CONFLICT' })
      await until(async () => (await told(analyst())).verdict === 200)
      // Controls: what is told reaches the feed, and there are webhooks that take what may be told.
      await until(async () => (await feed()) > none)
      await test.app.db.transaction(system('test'), (tx) => notify(test.app, tx, [a.people.author.id, analyst().id], 'embargo.ended', { operator: a.id }))
      expect(await rows('select 1 from webhook_delivery')).toHaveLength(2)
      expect(await told(analyst())).toEqual({
        exploit: 'confirmed',
        ends: new Set(['crashed']),
        runs: ['1 true', '1 true', '2 true', '2 true'],
        verdict: 200,
        report: 200,
        behaviour: 'watched',
        listed: ['watched', 'watched'],
      })
      // Control: the same forms, now that it is no secret any more.
      for (const form of await exported(id, a.people.analyst)) expect(form).toMatch(/confirmed[^]*Poppler/)
      expect(new Set((await events(id)).map(({ type }) => type))).toEqual(
        new Set(['submission.scanned', 'submission.zero-day-candidate-seen', 'zero-day-candidate.closed']),
      )
      expect(await rows(`select 1 from zero_day_candidate c where c::text like '%fault of the test viewer%'`)).toEqual([])
      expect((await verifyLog(test.app)).faults).toEqual([])
    },
  )

  it('that could not be seen twice is raised as well, and told nowhere', async () => {
    let opened = 0
    await work(({ job, answer }) => answer(job.environment === POPPLER[0].name && opened++ === 0 ? crashing() : {}))
    const { id } = await submit(another(), '?share=true&tlp=CLEAR')
    await inState(id, 'done')
    expect((await runs(id, a.people.analyst)).filter(({ end }) => end === 'crashed')).toHaveLength(1)
    expect((await ask(a.people.analyst, `/api/submissions/${id}/verdict`)).json()).toMatchObject({ exploit: 'confirmed', zero_day: [] })
    expect((await events(id)).map(({ type }) => type)).toEqual(['submission.zero-day-candidate-seen'])
    expect([(await read(id)).exploit, (await ask(analyst(), `/api/submissions/${id}/verdict`)).statusCode]).toEqual(['none-seen', 404])
    // In which version it was seen is not said either: nothing is shown of the other.
    const told = await runs(id)
    expect(told.map(({ end, run }) => [end, run])).toEqual([
      [null, 1],
      [null, 1],
    ])
    for (const { id: run } of await runs(id, a.people.analyst)) {
      const reports = [a.people.analyst, analyst()].map((person) => ask(person, `/api/submissions/${id}/detonations/${run}`))
      expect((await Promise.all(reports)).map(({ statusCode }) => statusCode)).toEqual([200, 404])
    }
    for (const person of [analyst(), a.people.analyst]) for (const form of await exported(id, person)) expect(form).not.toMatch(/confirmed|Poppler/)
  })

  it('that is seen before a submission is cancelled stays with the operator', async () => {
    const held = holding()
    await work((play) => (play.job.environment === POPPLER[0].name ? held.play(play) : play.answer(crashing())))
    const { id } = await submit()
    await until(async () => (await runs(id)).some(({ state }) => state === 'ended'))
    expect((await runs(id)).map(({ end }) => end)).toEqual([null, null])
    // Control: the operator sees it.
    expect((await runs(id, a.people.analyst)).map(({ end }) => end)).toEqual([null, 'crashed'])
    await ask(analyst(), `/api/submissions/${id}/cancel`, 'POST')
    expect((await runs(id)).map(({ end }) => end)).toEqual([null, null])
    // In the older version alone it is none.
    expect(await events(id)).toEqual([])
    expect([(await listed(id))?.behaviour?.state, (await listed(id, a.people.analyst))?.behaviour?.state]).toEqual(['held', 'in-part'])
    for (const person of [analyst(), a.people.analyst]) for (const form of await exported(id, person)) expect(form).not.toMatch(/confirmed|Poppler/)
  })

  it('that is seen in the current version before a submission is cancelled is raised all the same', async () => {
    const held = holding()
    await work((play) => (play.job.environment === POPPLER[1].name ? held.play(play) : play.answer(crashing())))
    const { id } = await submit()
    await until(async () => (await runs(id)).some(({ state }) => state === 'ended'))
    await ask(analyst(), `/api/submissions/${id}/cancel`, 'POST')
    expect((await events(id)).map(({ type, data }) => [type, data])).toEqual([
      ['submission.zero-day-candidate-seen', { submission: id, line: 'poppler', environments: [POPPLER[0].name] }],
    ])
    const cases = async () => (await ask(a.people.author, '/api/zero-day-candidates')).json<{ items: { id: string; submission: string }[] }>().items
    await until(async () => (await cases()).some(({ submission }) => submission === id))
    const { id: opened } = (await cases()).find(({ submission }) => submission === id)!
    expect((await runs(id)).map(({ end }) => end)).not.toContain('crashed')
    await ask(a.people.analyst, `/api/zero-day-candidates/${opened}/close`, 'POST', { outcome: 'false-alarm', reason: 'None.' })
    await until(async () => (await runs(id)).some(({ end }) => end === 'crashed'))
    expect((await verifyLog(test.app)).faults).toEqual([])
  })

  it('is kept whatever its guest writes into the reason of its end', async () => {
    await work(({ answer }) => answer({ ...crashing(), why_ended: 'the viewer\u0000 was ended by \u0000' }))
    const { id } = await submit()
    await inState(id, 'done')
    expect((await runs(id, a.people.analyst)).map(({ end }) => end)).toEqual(['crashed', 'crashed', 'crashed', 'crashed'])
  })
})
