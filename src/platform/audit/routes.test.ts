import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkpointFileOf } from '#platform/audit/create-audit.ts'
import { append, hashLeaf, NO_PEAKS, rootOf } from '#platform/audit/merkle.ts'
import { fromHex } from '#platform/audit/note.ts'
import { openSignedCheckpoint, verifyConsistency, verifyLeafProof } from '#platform/audit/proof.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let program: TestApp
let operator: SeededOperator
let other: SeededOperator
beforeAll(async () => {
  program = await testApp()
  ;[operator, other] = await seedPeople(program.app)
  for (let n = 0; n < 300; n++) await note('test.noted')
})
afterAll(async () => program?.close())

const note = (action: string, by = operator) => {
  program.clock.advance(1000)
  return program.app.db.transaction(by.people.author.actor, async (tx) => program.app.audit.record(tx, { action, subject: by.people.author.id }))
}
const get = (url: string, person: { session: object } = operator.people.auditor) =>
  program.server.inject({ method: 'GET', url, headers: { ...person.session } })
const json = async (url: string, person?: { session: object }) => (await get(url, person)).json()
const ownIndexes = async (id: string) =>
  (
    await program.database.superuser.query<{ index: string }>(
      'select index from audit_leaf where operator_id = $1 or operator_id is null order by index desc',
      [id],
    )
  ).rows.map((row) => Number(row.index))

async function everyPage(query: string, person?: { session: object }) {
  const items: { index: number; action: string; happenedAt: string; actor: { id: string; name: string } }[] = []
  for (let cursor = ''; ;) {
    const page = await json(`/api/log/leaves?limit=70${query}${cursor}`, person)
    items.push(...page.items)
    if (page.next === null) return items
    cursor = `&cursor=${page.next}`
  }
}

describe('GET /api/log/leaves', () => {
  it('lists every leaf of the auditor’s operator and of the instance, newest first, and no other operator’s', async () => {
    const indexes = (await everyPage('')).map((leaf) => leaf.index)
    expect(indexes).toEqual(await ownIndexes(operator.id))
    expect(indexes.length).toBeGreaterThan(300)
    expect((await everyPage('', other.people.auditor)).map((leaf) => leaf.index)).toEqual(await ownIndexes(other.id))
  })

  it('narrows by action, actor, subject and time', async () => {
    const { author } = operator.people
    const noted = await everyPage('&action=test.noted')
    expect(noted).toHaveLength(300)
    expect(new Set(noted.map((leaf) => leaf.actor.name))).toEqual(new Set([author.name]))
    expect((await everyPage(`&actor=${author.id}&action=test.noted`)).length).toBe(300)
    expect(await everyPage(`&actor=${operator.people.reviewer.id}&action=test.noted`)).toEqual([])
    expect((await everyPage(`&subject=${author.id}`)).length).toBeGreaterThanOrEqual(300)
    const [from, to] = [noted[9]!.happenedAt, noted[4]!.happenedAt]
    expect((await everyPage(`&action=test.noted&from=${from}&to=${to}`)).map((leaf) => leaf.index)).toEqual(noted.slice(5, 10).map((leaf) => leaf.index))
  })

  it('refuses filters and cursors that are none', async () => {
    for (const query of ['actor=x', 'subject=x', 'from=yesterday', 'limit=0', 'more=1'])
      expect((await json(`/api/log/leaves?${query}`)).code, query).toBe('VALIDATION_FAILED')
    expect((await json('/api/log/leaves?cursor=AAAA')).code).toBe('BAD_CURSOR')
  })
})

describe('GET /api/log/leaves/:index', () => {
  it('proves every leaf of the operator against the signed checkpoint', async () => {
    for (const index of (await ownIndexes(operator.id)).filter((_, n) => n % 23 === 0)) {
      const proof = await json(`/api/log/leaves/${index}`)
      expect(proof.leaf.index).toBe(index)
      expect(await verifyLeafProof(proof)).toBe(true)
      // The controls: another body, another place, another root.
      expect(await verifyLeafProof({ ...proof, leaf: { ...proof.leaf, body: `${proof.leaf.body} ` } })).toBe(false)
      expect(await verifyLeafProof({ ...proof, leaf: { ...proof.leaf, index: index + 1 } })).toBe(false)
      expect(await verifyLeafProof({ ...proof, root: proof.leaf.leafHash })).toBe(false)
    }
  })

  it('answers for another operator’s leaf exactly as for one that does not exist', async () => {
    const theirs = (await ownIndexes(other.id))[0]!
    const [hidden, absent] = [await get(`/api/log/leaves/${theirs}`), await get('/api/log/leaves/999999')]
    expect(hidden.statusCode).toBe(404)
    const { requestId: _, instance: __, ...shown } = hidden.json()
    expect(absent.json()).toMatchObject(shown)
    expect((await get(`/api/log/leaves/${theirs}`, other.people.auditor)).statusCode).toBe(200)
  })

  it.each(['-1', '1.5', '1e3', '0x10', '01', '9'.repeat(30), 'x'])('refuses the index %s', async (index) => {
    expect((await json(`/api/log/leaves/${index}`)).code).toBe('VALIDATION_FAILED')
  })
})

describe('GET /api/log/checkpoint and /api/log/consistency', () => {
  it('lets an auditor who keeps a checkpoint check that the log only grew', async () => {
    const { key } = await json(`/api/log/leaves/${(await ownIndexes(operator.id))[0]}`)
    const before = await openSignedCheckpoint((await get('/api/log/checkpoint')).body, key)
    await note('test.noted-later')
    const after = await openSignedCheckpoint((await get('/api/log/checkpoint')).body, key)
    expect(after!.size).toBe(before!.size + 1)
    const proof = await json(`/api/log/consistency?from=${before!.size}`)
    const path = proof.path.map(fromHex)
    const claim = { from: before!.size, to: after!.size, fromRoot: before!.root, toRoot: after!.root, path }
    expect(await verifyConsistency(claim)).toBe(true)
    expect(await verifyConsistency({ ...claim, fromRoot: after!.root })).toBe(false)
    expect(await verifyConsistency({ ...claim, path: [] })).toBe(false)
  })

  it('refuses sizes that the log has not', async () => {
    for (const query of ['', 'from=0', 'from=5&to=4', 'from=1&to=99999', 'from=99999'])
      expect((await json(`/api/log/consistency?${query}`)).code, query).toBe('VALIDATION_FAILED')
  })
})

describe('GET /api/log/tile', () => {
  it('gives the hashes from which the root can be rebuilt', async () => {
    const { size, root } = await json(`/api/log/leaves/${(await ownIndexes(operator.id))[0]}`)
    const full = (await get('/api/log/tile/0/000')).rawPayload
    const rest = (await get(`/api/log/tile/0/${String(Math.floor(size / 256)).padStart(3, '0')}.p/${size % 256}`)).rawPayload
    const hashes = Array.from({ length: 256 }, (_, n) => full.subarray(n * 32, n * 32 + 32))
    expect(size).toBeLessThan(512)
    let peaks = NO_PEAKS
    for (const hash of [...hashes, ...Array.from({ length: rest.length / 32 }, (_, n) => rest.subarray(n * 32, n * 32 + 32))]) ({ peaks } = append(peaks, hash))
    expect(peaks.size).toBe(size)
    expect(rootOf(peaks).toString('hex')).toBe(root)
    expect((await get('/api/log/tile/1/000.p/1')).rawPayload).toHaveLength(32)
  })

  it('has no tile that the tree does not reach, and no leaves', async () => {
    for (const path of ['0/001', '0/999', '1/000', '0/000.p/300', '0/xyz', '0/']) expect((await get(`/api/log/tile/${path}`)).statusCode, path).toBe(404)
    expect((await json('/api/log/tile/7/000')).code).toBe('VALIDATION_FAILED')
    expect((await get('/api/log/tile/entries/000')).statusCode).toBe(400)
  })
})

describe('GET /api/log/export', () => {
  it('streams every leaf as one line, and records that it was exported', async () => {
    const response = await get('/api/log/export')
    expect(response.headers['content-type']).toBe('application/x-ndjson')
    const lines = response.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map((leaf) => leaf.index)).toEqual(await ownIndexes(operator.id))
    expect(lines[0]).toMatchObject({ action: 'log.exported', actor: { id: operator.people.auditor.id } })
    for (const { body, leafHash } of lines) expect(hashLeaf(Buffer.from(body)).toString('hex')).toBe(leafHash)
  })
})

describe('the log of a whole program', () => {
  it('is read by auditors only', async () => {
    const urls = ['/api/log/leaves', '/api/log/leaves/0', '/api/log/checkpoint', '/api/log/consistency?from=1', '/api/log/tile/0/000', '/api/log/export']
    for (const url of urls) {
      expect((await get(url, operator.people.author)).statusCode).toBe(403)
      expect((await get(url, operator.vendor.people.admin)).statusCode).toBe(403)
      expect((await program.server.inject({ method: 'GET', url })).statusCode).toBe(401)
    }
  })

  it('verifies with everything that was seeded', async () => {
    await program.app.audit.flush()
    const report = await verifyLog(program.app, { checkpointFiles: [checkpointFileOf(program.app.config.dataDir)] })
    expect(report.faults).toEqual([])
    expect(report.checked.rows).toBeGreaterThan(50)
  })
})
