import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { TLP_LABELS, type TlpLabel } from '#program/packages/contract.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { openRuleRuns, type RuleRuns } from '#scanner/jail/rule-runs.ts'
import { scanSubmission } from '#scanner/submissions/scan-submission.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { strayMarkings, type SetChecker } from './check-set.ts'
import { MOST_SETS } from './contract.ts'
import { addSet, replaceSet } from './keep-set.ts'
import { RESTRICTED } from './visible-hits.ts'
import type { YaraSetId } from './yara-set.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>
interface Shown {
  readonly id: YaraSetId
  readonly name: string
  readonly version: number
  readonly versions: { readonly version: number }[]
}
interface Report {
  readonly outcome: string
  readonly rules: { readonly name: string; readonly owner: string; readonly outcome: string; readonly sha256: string }[]
  readonly verdict: {
    readonly exploit: string
    readonly notes: { readonly why: string; readonly tlp?: string }[]
    readonly techniques: { readonly id: string; readonly why: string }[]
    readonly not_checked: { readonly what: string; readonly reason: string; readonly limit?: string }[]
  }
}

let test: TestApp
let a: SeededOperator
let b: SeededOperator
let pool: ScanPool
let runs: RuleRuns
beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  pool = openPool({ processes: 1 })
  runs = openRuleRuns({ processes: 1 })
})
afterAll(async () => {
  pool?.close()
  runs?.close()
  await test?.close()
})

/** For tests of what becomes of sets that were found right. */
const found: SetChecker = { check: async () => undefined }
const ruleOf = (name: string, meta = '') => `rule ${name} { meta: description = "about ${name}" ${meta} strings: $n = "needle" condition: $n }`
const ask = async (person: AnyPerson, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) => {
  const answer = await test.server.inject({ method, url, headers: person.token, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json<never>() }
}
const add = (person: AnyPerson, name: string, tlp: TlpLabel, text = ruleOf(name)) => addSet(test.app, found, person.actor, { name, tlp, text })
const listed = async (person: AnyPerson) => (await ask(person, 'GET', '/api/yara-sets?limit=200')).body as unknown as { items: Shown[] }
const rows = async (text: string, values: unknown[] = []) => (await test.database.superuser.query<Record<string, unknown>>(text, values)).rows
const vendor = () => a.vendor.people.analyst
const responder = () => a.responder.people.analyst
const operator = () => a.people.analyst

describe('a YARA set', () => {
  it('is added, replaced, disabled and deleted by its owner, with a version for each text or marking and a leaf for each act', async () => {
    const wish = { name: 'maldocs', tlp: 'AMBER', text: ruleOf('first') }
    const added = (await ask(vendor(), 'POST', '/api/yara-sets', wish)).body as unknown as Shown
    expect(added).toMatchObject({ name: 'maldocs', tlp: 'AMBER', enabled: true, version: 1, owner: { kind: 'own', name: a.vendor.name } })
    const url = `/api/yara-sets/${added.id}`
    const second = { name: 'maldocs 2', tlp: 'GREEN', text: wish.text, version: 1 }
    expect(await ask(vendor(), 'PUT', url, second)).toMatchObject({
      status: 200,
      body: { name: 'maldocs 2', version: 2, versions: [{ version: 2 }, { version: 1 }] },
    })
    expect(await ask(vendor(), 'PUT', url, second)).toMatchObject({ status: 409 })
    // Another name alone is no version.
    expect(await ask(vendor(), 'PUT', url, { ...second, name: 'maldocs', version: 2 })).toMatchObject({ body: { name: 'maldocs', version: 2 } })
    expect(await ask(vendor(), 'PUT', `${url}/state`, { enabled: false })).toMatchObject({ body: { enabled: false } })
    expect(await ask(vendor(), 'GET', `${url}/versions/1`)).toMatchObject({ body: { version: 1, text: wish.text } })
    expect((await rows(`select count(*)::int as n from yara_set where id = $1 and sealed_name::text like '%maldocs%'`, [added.id]))[0]!['n']).toBe(0)

    expect((await ask(vendor(), 'DELETE', url)).status).toBe(204)
    expect((await ask(vendor(), 'GET', url)).status).toBe(404)
    expect(await rows('select sealed_name, source from yara_set s join yara_set_version v on v.yara_set_id = s.id where s.id = $1', [added.id])).toEqual([
      { sealed_name: null, source: null },
      { sealed_name: null, source: null },
    ])
    const leaves = await rows('select action, operator_id from audit_leaf where subject_id = $1 order by index', [added.id])
    expect(leaves.map(({ action }) => action)).toEqual(['added', 'changed', 'changed', 'disabled', 'deleted'].map((verb) => `yara-set.${verb}`))
    expect(leaves.every(({ operator_id: id }) => id === a.id)).toBe(true)
    expect((await verifyLog(test.app)).faults).toEqual([])
    await rows(`update yara_set_version set sha256 = repeat('0', 64) where yara_set_id = $1 and version = 2`, [added.id])
    expect((await verifyLog(test.app)).faults).toMatchObject([{ code: 'ROW_ALTERED', table: 'yara_set_version' }])
  })

  it('that does not compile is refused with each fault by line and column, and leaves nothing', async () => {
    const before = await rows('select count(*) from sealed_object')
    const text = `${ruleOf('fine')}\n\nrule b { condition: absent }\n`
    expect(await ask(vendor(), 'POST', '/api/yara-sets', { name: 'broken', tlp: 'AMBER', text })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', fields: [{ field: '/body/text', message: expect.stringMatching(/^line 3, column 21: /) as string }] },
    })
    expect(await rows('select count(*) from sealed_object')).toEqual(before)
  })

  it.each<[string, TlpLabel, string[]]>([
    [ruleOf('r', 'tlp = "RED"'), 'AMBER', ['RED']],
    [`// first\n${ruleOf('r', 'tlp = "TLP:AMBER+STRICT"')}`, 'GREEN', ['AMBER+STRICT']],
    [ruleOf('r', 'tlp = "company secret"'), 'AMBER+STRICT', ['RED']],
    [ruleOf('r', 'tlp = "white"'), 'CLEAR', []],
    [ruleOf('r', 'tlp = "GREEN"'), 'RED', []],
  ])('is not marked more openly than a rule in it: %s as %s', (text, tlp, stricter) => {
    expect(strayMarkings(text, tlp).map(({ message }) => /marked ([A-Z+]+)/.exec(message)![1])).toEqual(stricter)
    if (text.startsWith('//')) expect(strayMarkings(text, tlp)).toMatchObject([{ line: 2, column: text.split('\n')[1]!.indexOf('tlp') + 1 }])
  })

  it('is kept by those who may, up to a number of them', async () => {
    const wish = { name: 'mine', tlp: 'AMBER', text: ruleOf('mine') }
    for (const person of [a.vendor.people.reader, a.people.author, a.people.auditor])
      expect((await ask(person, 'POST', '/api/yara-sets', wish)).body).toMatchObject({ code: 'FORBIDDEN' })
    const { id, person, organisation } = {
      id: await add(b.vendor.people.analyst, 'one', 'AMBER'),
      person: b.vendor.people.analyst.id,
      organisation: b.vendor.id,
    }
    await rows(
      `insert into yara_set (id, operator_id, organisation_id, sealed_name, tlp, enabled, version, changed_by, changed_at)
       select gen_random_uuid(), operator_id, $2, sealed_name, tlp, false, 1, $3, changed_at from yara_set, generate_series(2, $4::int) where id = $1`,
      [id, organisation, person, MOST_SETS],
    )
    await expect(add(b.vendor.people.admin, 'one more', 'AMBER')).rejects.toMatchObject({ code: 'CONFLICT' })
    // Control: another owner has room.
    await add(b.responder.people.admin, 'one more', 'AMBER')
    await rows('delete from yara_set where organisation_id = $1 and id <> $2', [organisation, id])
  })
})

describe('who knows a set', () => {
  it('is its owner and the operator, and members as far as it is marked for them; to everybody else it does not exist', async () => {
    const sets = new Map<TlpLabel, YaraSetId>()
    for (const tlp of TLP_LABELS) sets.set(tlp, await add(vendor(), `set ${tlp}`, tlp))
    const readers: readonly (readonly [AnyPerson, readonly TlpLabel[]])[] = [
      [a.vendor.people.reader, TLP_LABELS],
      [operator(), TLP_LABELS],
      [responder(), ['CLEAR', 'GREEN', 'AMBER']],
      [b.people.analyst, []],
      [b.vendor.people.analyst, []],
    ]
    for (const [person, known] of readers) {
      const list = (await listed(person)).items.map(({ id }) => id)
      // The row-level wall by itself, below what the routes decide.
      const behind = await test.app.db.read(person.actor, (tx) => tx.db.selectFrom('yara_set').select('id').execute())
      for (const [tlp, id] of sets) {
        expect(list.includes(id)).toBe(known.includes(tlp))
        expect(behind.some((row) => row.id === id)).toBe(known.includes(tlp))
        for (const [method, path, body] of [
          ['GET', '', undefined],
          ['GET', '/versions/1', undefined],
          ['PUT', '/state', { enabled: false }],
          ['DELETE', '', undefined],
        ] as const) {
          if (known.includes(tlp) && method === 'GET') expect((await ask(person, method, `/api/yara-sets/${id}${path}`)).status).toBe(200)
          if (known.includes(tlp) || person === a.vendor.people.reader) continue
          const [there, nowhere] = await Promise.all([id, randomUUID()].map((one) => ask(person, method, `/api/yara-sets/${one}${path}`, body)))
          const seen = ({ status, body: said }: NonNullable<typeof there>) => [status, { ...(said as unknown as object), instance: '', requestId: '' }]
          expect(seen(there!)).toEqual(seen(nowhere!))
          expect(there!.status).toBe(404)
        }
      }
    }
    // Members stay unknown to one another; the operator is told.
    const amber = sets.get('AMBER')!
    expect((await ask(responder(), 'GET', `/api/yara-sets/${amber}`)).body).toMatchObject({
      owner: { kind: 'member', name: null },
      changedBy: null,
      versions: [{ addedBy: null }],
    })
    expect((await ask(operator(), 'GET', `/api/yara-sets/${amber}`)).body).toMatchObject({
      owner: { kind: 'member', name: a.vendor.name },
      changedBy: vendor().name,
    })
    // Nobody but the owner changes it; the operator can only disable it.
    const amberUrl = `/api/yara-sets/${amber}`
    expect((await ask(operator(), 'DELETE', amberUrl)).status).toBe(404)
    expect((await ask(operator(), 'PUT', amberUrl, { name: 'x', tlp: 'CLEAR', text: ruleOf('x'), version: 1 })).status).toBe(404)
    expect(await ask(operator(), 'PUT', `${amberUrl}/state`, { enabled: false })).toMatchObject({ status: 200, body: { enabled: false } })
    expect((await ask(operator(), 'PUT', `${amberUrl}/state`, { enabled: true })).body).toMatchObject({ code: 'FORBIDDEN' })
    expect((await ask(b.people.analyst, 'PUT', `${amberUrl}/state`, { enabled: false })).status).toBe(404)
    expect(await ask(vendor(), 'PUT', `${amberUrl}/state`, { enabled: true })).toMatchObject({ body: { enabled: true } })

    // A text that was marked RED stays that for others when the set is marked for members later.
    const red = sets.get('RED')!
    await replaceSet(test.app, found, vendor().actor, red, { name: 'set RED', tlp: 'GREEN', text: ruleOf('other'), version: 1 })
    expect((await ask(responder(), 'GET', `/api/yara-sets/${red}`)).body).toMatchObject({ tlp: 'GREEN', versions: [{ version: 2 }] })
    expect((await ask(responder(), 'GET', `/api/yara-sets/${red}/versions/1`)).status).toBe(404)
    expect((await ask(vendor(), 'GET', `/api/yara-sets/${red}/versions/1`)).status).toBe(200)

    // Whose membership is suspended is shown none of the others' any more, whatever its marking; its own stay.
    const behind = async (person: AnyPerson) =>
      (await test.app.db.read(person.actor, (tx) => tx.db.selectFrom('yara_set').select('id').where('deleted_at', 'is', null).execute())).length
    const suspend = (state: string) => rows('update membership set state = $1 where organisation_id = any($2)', [state, [a.responder.id, a.vendor.id]])
    await suspend('suspended')
    expect([await behind(responder()), await behind(vendor())]).toEqual([0, TLP_LABELS.length])
    await suspend('active')
    expect(await behind(responder())).toBeGreaterThan(0)
    for (const id of sets.values()) await rows('update yara_set set enabled = false where id = $1', [id])
  })
})

describe('a submission', () => {
  const submit = async (person: AnyPerson, query = '', text = `a needle ${randomUUID()}`) => {
    const headers = { ...person.token, 'content-type': 'application/octet-stream' }
    const answer = await test.server.inject({ method: 'POST', url: `/api/submissions${query}`, headers, payload: Buffer.from(text) })
    return answer.json<{ id: SubmissionId }>().id
  }
  const scan = async (id: SubmissionId, over = runs) => scanSubmission(test.app, pool, id, new AbortController().signal, over)
  const report = async (person: AnyPerson, id: SubmissionId) => (await ask(person, 'GET', `/api/submissions/${id}/report`)).body as unknown as Report
  const saying = ({ verdict }: Report) => [...verdict.techniques, ...verdict.notes].map(({ why }) => why).filter((why) => /rule/i.test(why))
  const matching = (name: string, of = name) => `Rule ${name} of ${of} matches: about ${name}.`
  const disableAll = () => rows('update yara_set set enabled = false')

  it('tells each reader of the matches of the sets that the reader may know, and of others at most that one matches', { timeout: 120_000 }, async () => {
    await disableAll()
    const open = await add(vendor(), 'open', 'AMBER')
    await add(vendor(), 'strict', 'AMBER+STRICT', ruleOf('strict', 'kind = "technique"'))
    await add(vendor(), 'red', 'RED')
    await add(responder(), 'ours', 'RED')
    await add(operator(), 'house', 'AMBER+STRICT')
    await add(vendor(), 'quiet', 'GREEN', 'rule quiet { condition: false }')
    const id = await submit(responder())
    await scan(id)

    const theirs = await report(responder(), id)
    expect(theirs.rules.map(({ name, owner, outcome }) => `${name} ${owner} ${outcome}`).sort()).toEqual([
      'open member matched',
      'ours own matched',
      'quiet member none',
      'vedette vedette none',
    ])
    expect(saying(theirs).sort()).toEqual([RESTRICTED, matching('open'), matching('ours')])
    expect(theirs.verdict).toMatchObject({ exploit: 'technique-only', techniques: [{ id: 'yara-restricted', why: RESTRICTED }] })
    expect(theirs.verdict.notes.find(({ why }) => why === matching('open'))).toMatchObject({ tlp: 'AMBER' })
    const all = await report(operator(), id)
    expect(saying(all).sort()).toEqual(['house', 'open', 'ours', 'red', 'strict'].map((name) => matching(name)))

    // The list says what the report says; whoever wrote a rule learns of no submission.
    for (const person of [responder(), operator()])
      expect((await ask(person, 'GET', `/api/submissions/${id}`)).body).toMatchObject({ exploit: 'technique-only' })
    expect((await ask(vendor(), 'GET', `/api/submissions/${id}/report`)).status).toBe(404)
    for (const table of ['yara_run', 'yara_match'] as const)
      expect(await test.app.db.read(vendor().actor, (tx) => tx.db.selectFrom(table).select('submission_id').execute())).toEqual([])
    // Behind the routes, too, the submitter is shown no row of a RED set of another; of its own it is.
    const seen = await test.app.db.read(responder().actor, (tx) => tx.db.selectFrom('yara_match').select(['tlp', 'organisation_id']).execute())
    expect(seen.filter(({ tlp }) => tlp === 'RED')).toEqual([{ tlp: 'RED', organisation_id: a.responder.id }])
    // What is told to the exchange holds nothing of sets.
    expect(await rows(`select data->'exploit' as exploit, data->'techniques' as techniques from outbox_event where data->>'submission' = $1`, [id])).toEqual([
      { exploit: 'none-seen', techniques: [] },
    ])

    // A stricter marking holds for what was found before; a more open one does not.
    await replaceSet(test.app, found, vendor().actor, open, { name: 'open', tlp: 'RED', text: ruleOf('open'), version: 1 })
    expect(saying(await report(responder(), id)).sort()).toEqual([RESTRICTED, matching('ours')])
    await replaceSet(test.app, found, vendor().actor, open, { name: 'open', tlp: 'CLEAR', text: ruleOf('open'), version: 2 })
    expect(saying(await report(responder(), id)).sort()).toEqual([RESTRICTED, matching('ours')])
    expect(saying(await report(operator(), id))).toContain(matching('open'))

    // What a deleted set found stays for who may know it; with the submission it goes.
    await ask(vendor(), 'DELETE', `/api/yara-sets/${open}`)
    expect(saying(await report(operator(), id))).toContain(matching('open', 'a set that was deleted'))
    const [{ results }] = (await rows('select results from yara_run where submission_id = $1', [id])) as [{ results: string }]
    expect((await ask(responder(), 'DELETE', `/api/submissions/${id}`)).status).toBe(204)
    for (const table of ['yara_run', 'yara_match']) expect(await rows(`select 1 from ${table} where submission_id = $1`, [id])).toEqual([])
    expect(await rows('select 1 from sealed_object where id = $1', [results])).toEqual([])
  })

  it("has its verdict where rules break their process: they cost none but their owner's, and only who may know them is told", async () => {
    await disableAll()
    await add(vendor(), 'slow', 'AMBER')
    await add(vendor(), 'secret', 'RED')
    await add(operator(), 'quick', 'CLEAR')
    const asked: number[] = []
    const breaking: RuleRuns = {
      ...runs,
      match: async ({ sets, sha256 }) => {
        asked.push(sets.length)
        const texts = sets.flatMap(({ files }) => files.map(({ text }) => text)).join('')
        if (/slow|secret/.test(texts)) return { code: 'limit', limit: 'cpu', detail: 'more than 5 s of processor time' }
        const matched = sets
          .filter(({ name }) => name !== 'vedette')
          .map(({ name }) => ({ set: name, rule: 'quick', tags: [], meta: {}, path: '/', places: [] }))
        return { sha256, matches: matched, more: false }
      },
    }
    const id = await submit(responder())
    await scan(id, breaking)
    // All that are marked for members with Vedette's own, then each owner's apart; what is not for members was never with them.
    expect(asked).toEqual([3, 1, 1, 1, 1])
    const theirs = await report(responder(), id)
    expect(saying(theirs)).toEqual(['Rule quick of quick matches.'])
    expect(theirs).toMatchObject({ outcome: 'incomplete', verdict: { not_checked: [{ what: 'YARA set slow', reason: 'limit', limit: 'cpu' }] } })
    const all = await report(operator(), id)
    expect(all.rules.find(({ name }) => name === 'secret')).toMatchObject({ outcome: 'not-matched', owner: 'member' })
    expect(all.verdict.not_checked.map(({ what }) => what)).toEqual(['YARA set slow', 'YARA set secret'])
  })
})
