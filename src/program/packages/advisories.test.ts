import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import { Content1 } from '#program/packages/content-1.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { sealSummary } from '#program/packages/content-summary.ts'
import { stageOf } from '#program/packages/export-advisory.ts'
import type { Left } from '#program/packages/package.ts'
import { updateVersion, type StoredVersion } from '#program/packages/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { cveFaults } from '#test/harness/cve-rules.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Caller } from '#test/harness/packages.ts'
import { entitle, seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
import { versionDesk } from '#test/harness/versions.ts'

const GROUP = { id: '5868d6fb-6dc4-4f3e-8d31-2c4f5b3f9c11', name: 'Members of the programme' }
const VECTOR = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'

function csaf21(mark: string) {
  const { document, product_tree, vulnerabilities } = csafDocument(mark)
  return {
    $schema: 'https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json',
    document: { ...document, csaf_version: '2.1', distribution: { tlp: { label: 'GREEN' }, sharing_group: GROUP } },
    product_tree,
    vulnerabilities: [
      {
        ...vulnerabilities[0],
        cwes: [{ id: 'CWE-787', name: 'Out-of-bounds Write', version: '4.17' }],
        disclosure_date: '2026-12-08T18:00:00Z',
        metrics: [{ products: ['P1'], content: { cvss_v4: { version: '4.0', vectorString: VECTOR, baseScore: 9.3, baseSeverity: 'CRITICAL' } } }],
      },
    ],
  }
}

function cveRecord(cve = 'CVE-2026-20001') {
  return {
    dataType: 'CVE_RECORD',
    dataVersion: '5.2',
    cveMetadata: { cveId: cve, assignerOrgId: '5868d6fb-6dc4-4f3e-8d31-2c4f5b3f9c11', assignerShortName: 'example', state: 'PUBLISHED' },
    containers: {
      cna: {
        providerMetadata: { orgId: '5868d6fb-6dc4-4f3e-8d31-2c4f5b3f9c11' },
        title: 'Overflow in a parser',
        descriptions: [
          { lang: 'de', value: 'Ein Überlauf.' },
          { lang: 'en', value: 'An overflow.' },
        ],
        affected: [
          {
            vendor: 'Vendor',
            product: 'Reader',
            defaultStatus: 'unaffected',
            versions: [{ version: '1.0', lessThan: '2.0', status: 'affected', versionType: 'semver', changes: [{ at: '1.9', status: 'unaffected' }] }],
          },
        ],
        problemTypes: [{ descriptions: [{ lang: 'en', cweId: 'CWE-787', description: 'CWE-787 Out-of-bounds Write', type: 'CWE' }] }],
        references: [{ url: 'https://vendor.example/cve' }],
        metrics: [{ format: 'CVSS', cvssV4_0: { version: '4.0', vectorString: VECTOR, baseScore: 9.3, baseSeverity: 'CRITICAL' } }],
        credits: [
          { lang: 'en', value: 'A. Finder', type: 'finder' },
          { lang: 'en', value: 'A. Tool', type: 'tool' },
        ],
      },
      adp: [{ title: 'Added by somebody else' }],
    },
  }
}

describe('documents in and out', () => {
  let test: TestApp
  let a: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
    desk = packageDesk(test)
  })
  afterAll(() => test.close())

  const stored = async () => {
    const tables = ['package', 'package_version', 'sealed_object', 'audit_leaf']
    const rows = await Promise.all(tables.map((table) => test.database.superuser.query<{ n: number }>(`select count(*)::int as n from ${table}`)))
    return rows.map(({ rows: [row] }) => row!.n)
  }
  const exported = (by: Caller, id: string, query: string) => desk.get(by, `/api/packages/${id}/advisory?${query}`)

  it('imports CSAF 2.1 with its sharing group, weaknesses and metrics', async () => {
    const { content, source } = ok(await desk.import(a.people.author, csaf21('Newer')))
    expect(content).toMatchObject({ tlp: 'AMBER+STRICT', sharingGroup: GROUP })
    expect(content.vulnerabilities![0]).toMatchObject({
      cwes: [{ id: 'CWE-787', version: '4.17' }],
      cvss: [{ vector: VECTOR, statedScore: 9.3 }],
      statedDisclosure: '2026-12-08T18:00:00.000Z',
    })
    expect(source).toMatchObject({ statedTlp: 'GREEN', leftOut: [] })
  })

  it('imports a CVE record, and says what it leaves out', async () => {
    const { content, source } = ok(await desk.import(a.people.author, cveRecord()))
    expect(content).toMatchObject({
      title: 'Overflow in a parser',
      tlp: 'AMBER+STRICT',
      products: [
        { id: 'P1-1', name: 'Vendor Reader >=1.0, <2.0', vendor: 'Vendor', version: '>=1.0, <2.0' },
        { id: 'P1-1-1', name: 'Vendor Reader 1.9', vendor: 'Vendor', version: '1.9' },
      ],
      vulnerabilities: [{ cve: 'CVE-2026-20001', description: 'An overflow.', affected: ['P1-1'], fixed: ['P1-1-1'], cwes: [{ id: 'CWE-787', name: 'Out-of-bounds Write' }] }], // prettier-ignore
      credit: { finders: [{ name: 'A. Finder' }], showBeforeRelease: false },
    })
    const cna = '/containers/cna'
    expect(source).toMatchObject({ id: 'CVE-2026-20001', version: '5.2', publisher: 'example', status: 'published', statedTlp: null })
    expect(source!.leftOut.toSorted()).toEqual(['/containers/adp', `${cna}/affected/0/versions/0/versionType`, `${cna}/credits/1`, `${cna}/descriptions/0`])
  })

  it('refuses with the place, and stores nothing', async () => {
    const before = await stored()
    const { document, ...rest } = csaf21('Bad')
    const cna = '/containers/cna'
    const record = cveRecord()
    const withCna = (change: object) => ({ ...record, containers: { cna: { ...record.containers.cna, ...change } } })
    const wrong: [unknown, string][] = [
      [{ ...rest, document: { ...document, csaf_version: '3.0' } }, '/document/csaf_version'],
      [{ ...rest, document: { ...document, distribution: {} } }, '/document/distribution/tlp'],
      [{ ...rest, document: { ...document, distribution: { tlp: { label: 'WHITE' } } } }, '/document/distribution/tlp/label'],
      [
        { ...rest, document: { ...document, distribution: { tlp: { label: 'GREEN' }, sharing_group: { id: 'x' } } } },
        '/document/distribution/sharing_group/id',
      ],
      [{ ...rest, document, $schema: 'https://other.example' }, '/$schema'],
      [{ ...rest, document, vulnerabilities: [{ metrics: [{ products: ['P1'], content: { cvss_v4: { version: '4.0', vectorString: 'CVSS:4.0/AV:N', baseScore: 1, baseSeverity: 'LOW' } } }] }] }, '/vulnerabilities/0/metrics/0/content/cvss_v4/vectorString'], // prettier-ignore
      [{ ...rest, document, vulnerabilities: [{ metrics: [{ products: ['P9'], content: {} }] }] }, '/vulnerabilities/0/metrics/0/products/0'],
      [{ ...record, dataVersion: '4.0' }, '/dataVersion'],
      [{ ...record, dataType: 'OTHER' }, '/dataType'],
      [{ ...record, cveMetadata: { ...record.cveMetadata, state: 'REJECTED' } }, '/cveMetadata/state'],
      [withCna({ affected: [{ vendor: 'V', versions: [{ version: '1', status: 'affected' }] }] }), `${cna}/affected/0`],
      [withCna({ metrics: [{ cvssV3_1: { version: '3.1', vectorString: VECTOR, baseScore: 9 } }] }), `${cna}/metrics/0/cvssV3_1/vectorString`],
      [withCna({ descriptions: [] }), `${cna}/descriptions`],
      [{ bomFormat: 'CycloneDX' }, '/document'],
    ]
    for (const [document_, field] of wrong) {
      const answer = await desk.import(a.people.author, document_)
      expect([answer.statusCode, answer.json().fields?.[0]?.field], JSON.stringify(document_).slice(0, 80)).toEqual([400, field])
    }
    expect(await stored()).toEqual(before)
  })

  it('refuses a vector that does not parse in a draft, with the place', async () => {
    const { id, contentHash } = ok(await desk.import(a.people.author, csafDocument('Vector')))
    const answer = await desk.edit(a.people.author, id, ({ vulnerabilities, ...content }) => ({
      ...content,
      vulnerabilities: (vulnerabilities as object[]).map((each) => ({ ...each, cvss: [{ vector: 'CVSS:4.0/AV:N' }] })),
    }))
    expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/content/vulnerabilities/0/cvss/0/vector' }] })
    expect(await desk.read(a.people.author, id)).toMatchObject({ contentHash })
  })

  it('keeps a content that was stored in schema 1 readable and approved as it is, and edits it as schema 2', async () => {
    const { id } = ok(await desk.import(a.people.author, csafDocument('Older')))
    const key = { package: id as never, version: 1 }
    const content = Content1.parse({ schema: 1, title: 'Older title', vulnerabilities: [{ cve: 'CVE-2026-10001', cwe: { id: 'CWE-787', name: 'Out-of-bounds Write' } }] }) // prettier-ignore
    const hash = contentHash({ ...key, content })
    await test.app.db.transaction(system('test'), async (tx) => {
      const { id: object } = await test.app.objects.put(tx, (async function* bytes() { yield Buffer.from(canonicalJson(content)) })(), { limit: 100_000 }) // prettier-ignore
      const columns = { content_object: object, content_hash: Buffer.from(hash, 'hex'), summary: sealSummary(test.app, key, hash, content) }
      await tx.asSystem(() => updateVersion(tx, key, { ...columns, updated_at: test.clock.now() }))
    })
    const read = await desk.read(a.people.author, id)
    expect(read).toMatchObject({ title: 'Older title', contentHash: hash, content: { schema: 2, vulnerabilities: [{ cwes: [{ id: 'CWE-787' }] }] } })
    ok(await desk.step(a.people.author, id, 'review'))
    expect(ok(await desk.step(a.people.reviewer, id, 'approval'))).toMatchObject({ approval: { contentHash: hash } })
    ok(await desk.post(a.people.author, `/api/packages/${id}/return`))
    const edited = ok(await desk.edit(a.people.author, id, (present) => ({ ...present, title: 'Newer title' })))
    expect(edited).toMatchObject({ title: 'Newer title', content: { schema: 2, vulnerabilities: [{ cwes: [{ id: 'CWE-787' }] }] } })
    expect(edited.contentHash).not.toBe(hash)
  })

  it('exports to a contact what it may read and has received, and nothing before', async () => {
    const { analyst } = a.vendor.people
    await entitle(test.app, a, a.vendor, analyst)
    const version = await desk.scheduled(a, csaf21('Secret'))
    const ask = (format: string, by: Caller = analyst) => exported(by, version.id, `format=${format}`)
    const unknown = (
      await exported(
        analyst,
        version.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        'format=csaf-2.1',
      )
    ).json()
    const closed = (await ask('csaf-2.1')).json()
    const [one, other] = [closed, unknown].map((each) => ({ ...each, instance: '', requestId: '' }))
    expect(one).toEqual(other)
    test.clock.set(DECEMBER.advance)
    expect(code(await ask('csaf-2.1'))).toBe('CONFLICT')
    ok(await desk.receive(analyst, version.id))
    for (const format of ['2.0', '2.1'] as const) {
      const answer = await ask(`csaf-${format}`)
      expect(answer.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename=secret-bulletin.json' })
      expect(answer.json().document.csaf_version).toBe(format)
      expect(answer.json().document).toMatchObject({ tracking: { status: 'draft' }, publisher: { name: a.name } })
      expect(answer.body).toContain('Secret description')
    }
    expect((await ask('csaf-2.1')).json().document.distribution).toMatchObject({ tlp: { label: 'AMBER+STRICT' }, sharing_group: GROUP })
    const record = await ask('cve-5')
    expect(cveFaults(record.json())).toEqual([])
    expect(record.json().containers.cna.x_vedette).toMatchObject({ status: 'under embargo', tlp: 'AMBER+STRICT' })
    expect((await exported(analyst, version.id, 'format=cve-5&cve=CVE-2026-77777')).json()).toMatchObject({ fields: [{ field: '/query/cve' }] })
    // A second time the same bytes, whoever of the operator's own people or the contact asks.
    const [again, staffs] = [(await ask('csaf-2.1')).body, (await ask('csaf-2.1', a.people.publisher)).body]
    expect((await ask('csaf-2.1')).body).toBe(again)
    expect(JSON.parse(staffs).document.tracking.status).toBe('draft')
    test.clock.set(DECEMBER.release)
    const released = (await ask('csaf-2.1')).json()
    expect(released.document).toMatchObject({ tracking: { status: 'final' }, distribution: { tlp: { label: 'CLEAR' } } })
    expect(JSON.stringify(released)).not.toContain(GROUP.id)
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true })
    const { rows } = await test.database.superuser.query<{ body: Buffer }>(`select body from audit_leaf where action = 'package.exported'`)
    expect(rows.length).toBeGreaterThan(5)
    for (const { body } of rows) for (const word of ['Secret', 'CVE-2026']) expect(body.toString()).not.toContain(word)
  })

  it('names the finders to members with the release, and at once where they agree', async () => {
    test.clock.set('2026-12-08T19:00:00Z')
    const { analyst } = a.vendor.people
    const january = '2027-01-12T18:00:00.000Z'
    const credited = async (mark: string, showBeforeRelease: boolean) => {
      const { id } = ok(await desk.import(a.people.author, csafDocument(mark)))
      ok(await desk.edit(a.people.author, id, (content) => ({ ...content, credit: { finders: [{ name: `${mark} finder` }], showBeforeRelease } })))
      ok(await desk.step(a.people.author, id, 'review'))
      ok(await desk.step(a.people.reviewer, id, 'approval'))
      ok(await desk.schedule(a.people.publisher, id, january))
      return id
    }
    const [withheld, agreed] = [await credited('Quiet', false), await credited('Loud', true)]
    test.clock.set('2027-01-11T18:00:00Z')
    expect(ok(await desk.receive(analyst, agreed)).content.credit).toMatchObject({ finders: [{ name: 'Loud finder' }] })
    expect((await desk.receive(analyst, withheld)).body).not.toContain('Quiet finder')
    expect((await exported(analyst, withheld, 'format=csaf-2.1')).body).not.toContain('Quiet finder')
    test.clock.set(january)
    expect(await desk.read(analyst, withheld)).toMatchObject({ unreceivedParts: ['credit'] })
    expect(await desk.read(analyst, agreed)).toMatchObject({ unreceivedParts: [] })
    expect(ok(await desk.receive(analyst, withheld)).content.credit).toMatchObject({ finders: [{ name: 'Quiet finder' }] })
    expect((await exported(analyst, withheld, 'format=csaf-2.1')).body).toContain('Quiet finder')
  })

  it('E20, E21: what was taken back is told as withdrawn only if it had been public', async () => {
    const publishers = { first: a.people.publisher, second: await seedStaff(test.app, a.id, 'publisher', 'Second publisher') }
    const versions = versionDesk(desk)
    const told = async (id: string) =>
      (await exported(a.people.publisher, id, 'format=csaf-2.1')).json<{
        document: { category: string; tracking: { status: string } }
        vulnerabilities?: unknown
      }>()
    const february = '2027-02-09T18:00:00.000Z'
    test.clock.set('2027-01-13T12:00:00Z')
    const [pulled, withdrawn] = [await desk.scheduled(a, csafDocument('Pulled'), february), await desk.scheduled(a, csafDocument('Withdrawn'), february)]
    await versions.decide(publishers, pulled.id, 'pull')
    expect((await told(pulled.id)).document.tracking.status).toBe('draft')
    test.clock.set(february)
    expect((await told(pulled.id)).document.tracking.status).toBe('draft')
    await versions.decide(publishers, withdrawn.id, 'withdraw')
    const { document, vulnerabilities } = await told(withdrawn.id)
    expect([document.category, document.tracking.status, vulnerabilities]).toEqual(['csaf_withdrawn', 'final', undefined])
  })
})

describe('the stage of a version', () => {
  const release = new Date('2026-12-08T18:00:00Z')
  const [before, after] = [new Date('2026-12-01T18:00:00Z'), new Date('2026-12-20T18:00:00Z')]
  const stage = (state: StoredVersion['state'], updated: Date, now: Date, left?: Left) =>
    stageOf({ state, updated_at: updated, release_id: 'r', kind: 'rule', instant: release, zone: 'UTC', rule: 'r', calendar: null, validate_at: before, advance_at: before, entry_at: before } as unknown as StoredVersion, now, left) // prettier-ignore

  it('E20: pulled is withdrawn only if it had been released, and a draft otherwise', () => {
    expect([stage('pulled', after, after, 'scheduled'), stage('pulled', after, after, 'released')]).toEqual(['draft', 'withdrawn'])
    expect([stage('superseded', after, after, 'scheduled'), stage('superseded', after, after, 'released')]).toEqual(['draft', 'superseded'])
    for (const state of ['pulled', 'superseded'] as const) expect(stage(state, after, after, 'deferred')).toBe('draft')
  })

  it('E21: withdrawn is withdrawn, and what is on a release is final from its instant on', () => {
    expect(stage('withdrawn', after, after)).toBe('withdrawn')
    for (const state of ['scheduled', 'released'] as const)
      expect([stage(state, before, new Date(release.getTime() - 1)), stage(state, before, release)]).toEqual(['draft', 'final'])
    for (const state of ['draft', 'in-review', 'approved', 'deferred'] as const) expect(stage(state, before, after)).toBe('draft')
  })
})
