import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { csafAdvisory, EXAMPLE_ADVISORY, EXAMPLE_GUIDANCE } from './advisory.ts'
import { EXPLOIT } from './documents.ts'
import { connect, expectRefusal, expectThat, type Caller } from './http.ts'

/** The people of one walk, each as a caller with that person's API token. */
export interface People {
  readonly author: Caller
  readonly approver: Caller
  /** Contacts of vendor members of tier advance and tier entry. */
  readonly advance: Caller
  readonly entry: Caller
  /** Contacts of five different responder organisations. */
  readonly responders: readonly Caller[]
}

export interface World {
  readonly url: string
  readonly people: People
  /** Sets the clock, where somebody holds it: a program that is shipped has no such setting. */
  readonly setClock?: (instant: Date) => void
  /** Whether the audit log and every row that it binds are whole. */
  readonly verifyLog: () => Promise<boolean>
}

interface PackageView {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly contentHash: string
  readonly title: string | null
  readonly content: { readonly detection?: object[]; readonly attachments?: { readonly object: string; readonly name: string }[] } & Record<string, unknown>
}
interface Page<T> {
  readonly items: readonly T[]
}

/**
 * Once around the loop: a package under embargo, a document that names an exploit, sightings, a gap, and the proof of it all.
 * With `npm run demo` in one terminal: `bin/run examples/loop.ts` in another.
 */
export async function walk(world: World): Promise<void> {
  const scheduled = await writePackage(world)
  await holdEmbargo(world, scheduled)
  const sha256 = await scanDocument(world)
  const indicator = await readFinding(world, sha256)
  await reportSightings(world, indicator)
  console.log('6. The proof of it all')
  expectThat(await world.verifyLog(), 'the log and every row that it binds are whole')
}

/** 1. One person writes, another approves exactly that, and it waits for the next Update Tuesday. */
async function writePackage({ people: { author, approver } }: World): Promise<{ id: string; opens: { advance: Date; entry: Date } }> {
  console.log('1. A package from an advisory')
  const advisory = Buffer.from(JSON.stringify(csafAdvisory(EXAMPLE_ADVISORY)))
  const broken = Buffer.from(JSON.stringify({ document: { csaf_version: '2.0' } }))
  await expectRefusal('VALIDATION_FAILED', () => author.upload('/api/packages/imports', broken, 'application/json'))
  let draft = await author.upload<PackageView>('/api/packages/imports', advisory, 'application/json')
  console.log(`   imported as the draft of package ${draft.id}: ${draft.title}`)

  draft = await author.put(`/api/packages/${draft.id}/content`, {
    contentHash: draft.contentHash,
    content: { ...draft.content, detection: [EXAMPLE_GUIDANCE] },
  })
  draft = await author.upload(
    `/api/packages/${draft.id}/attachments?part=attachments`,
    Buffer.from('18: width, 22: rows\n'),
    'application/octet-stream',
    'offsets.txt',
  )
  const review = await author.post<PackageView>(`/api/packages/${draft.id}/review`, { contentHash: draft.contentHash })
  console.log(`   with guidance and a file, in review as ${review.contentHash.slice(0, 12)}…`)

  await expectRefusal('PRECONDITION_FAILED', () => approver.post(`/api/packages/${draft.id}/approval`, { contentHash: '0'.repeat(64) }))
  await expectRefusal('FORBIDDEN', () => author.post(`/api/packages/${draft.id}/approval`, { contentHash: review.contentHash }))
  await approver.post(`/api/packages/${draft.id}/approval`, { contentHash: review.contentHash })
  const { items: releases } =
    await author.get<Page<{ key: string; kind: string; instant: string; windows: { advance: string; entry: string } }>>('/api/releases')
  const next = releases.filter(({ kind }) => kind === 'rule').sort((a, b) => a.instant.localeCompare(b.instant))[0]!
  const scheduled = await author.post<PackageView>(`/api/packages/${draft.id}/schedule`, { release: next.key })
  expectThat(scheduled.state === 'scheduled', `approved by another person and scheduled for ${next.instant}`)
  return { id: draft.id, opens: { advance: new Date(next.windows.advance), entry: new Date(next.windows.entry) } }
}

/** 2. Nothing before the window, everything at its instant, and a receipt in the log. */
async function holdEmbargo(world: World, { id, opens }: { id: string; opens: { advance: Date; entry: Date } }): Promise<void> {
  const { people, setClock } = world
  console.log('2. The embargo')
  if (!setClock) {
    const early = (await instantOf(people.advance)) < opens.advance
    expectThat((await lists(people.advance, id)) !== early, early ? 'no member lists it yet' : 'tier advance lists it: its window is open already')
    return
  }
  setClock(new Date(opens.advance.getTime() - 1))
  expectThat(!(await lists(people.advance, id)), 'one millisecond before its window, tier advance lists nothing')
  await expectRefusal('NOT_FOUND', () => people.advance.get(`/api/packages/${id}`))
  await expectRefusal('NOT_FOUND', () => people.advance.post(`/api/packages/${id}/receipts`, { version: 1 }))
  setClock(opens.advance)
  expectThat(await lists(people.advance, id), 'at its instant, tier advance lists it')
  expectThat(!(await lists(people.entry, id)), 'and tier entry does not')
  const received = await people.advance.post<PackageView>(`/api/packages/${id}/receipts`, { version: 1 })
  expectThat(received.title === EXAMPLE_ADVISORY.title, `received: ${received.title}`)
  const file = received.content.attachments![0]!
  const bytes = await people.advance.download(`/api/packages/${id}/attachments/${file.object}`)
  expectThat(bytes.toString() === '18: width, 22: rows\n', `downloaded ${file.name}, ${bytes.length} bytes`)
  const receipts = await people.approver.get<Page<{ part: string }>>(`/api/packages/${id}/receipts`)
  expectThat(receipts.items.length === 2, 'two receipts: one for the content, one for the file')
  setClock(opens.entry)
  expectThat(await lists(people.entry, id), 'one business day before the release, tier entry lists it too')
}

async function lists(caller: Caller, id: string): Promise<boolean> {
  const { items } = await caller.get<Page<PackageView>>('/api/packages?limit=200')
  return items.some((one) => one.id === id)
}

/** What time it is for the program. */
async function instantOf(caller: Caller): Promise<Date> {
  return new Date((await caller.get<{ clock: { now: string } }>('/api/session')).clock.now)
}

interface Submission {
  readonly id: string
  readonly state: string
  readonly sha256: string
  readonly exploit: string
  readonly cves: readonly string[]
}

/** 3. A document is handed in, and the answer says which vulnerability it exploits. */
async function scanDocument({ people: { responders } }: World): Promise<string> {
  console.log('3. A document')
  const [sender, other] = responders
  // A comment of its own gives every walk a document, and so an indicator, of its own.
  const document = Buffer.from(EXPLOIT.text.replace('Remittance advice', `Remittance advice ${randomUUID()}`))
  let submission = await sender!.upload<Submission>('/api/submissions?tlp=GREEN&share=true', document, 'application/octet-stream', EXPLOIT.name)
  await expectRefusal('NOT_FOUND', () => other!.get(`/api/submissions/${submission.id}`))
  for (let tries = 0; submission.state !== 'done' && tries < 300; tries++) {
    await pause(100)
    submission = await sender!.get(`/api/submissions/${submission.id}`)
  }
  const report = await sender!.get<{ verdict: { reasons: readonly string[] } }>(`/api/submissions/${submission.id}/report`)
  expectThat(
    submission.exploit === 'attempted' && submission.cves.join() === 'CVE-2017-11882',
    `${submission.exploit}, ${submission.cves.join()}: ${report.verdict.reasons[0]}`,
  )
  return submission.sha256
}

interface StixObject {
  readonly type: string
  readonly id: string
  readonly pattern?: string
}

/** 4. A TAXII 2.1 client reads the finding, page after page. */
async function readFinding({ url, people: { advance } }: World, sha256: string): Promise<string> {
  console.log('4. The finding, as STIX 2.1 over TAXII 2.1')
  const unasked = await fetch(`${url}/taxii2/`, { headers: { accept: 'application/taxii+json;version=2.1' } })
  expectThat(unasked.status === 401, 'without a token the answer is 401')
  const { default: root } = await advance.taxii<{ default: string }>('/taxii2/')
  const { collections } = await advance.taxii<{ collections: { id: string; title: string }[] }>(`${root}collections/`)
  for (let tries = 0; tries < 300; tries++) {
    for (const { id, title } of collections) {
      const found = (await everyObject(advance, `${root}collections/${id}/objects/`)).find(({ pattern }) => pattern?.includes(sha256))
      if (found) {
        console.log(`   ${found.id} in the collection "${title}": ${found.pattern}`)
        return found.id
      }
    }
    await pause(100)
  }
  throw new Error('no indicator of the document appeared')
}

async function everyObject(caller: Caller, path: string): Promise<StixObject[]> {
  const objects: StixObject[] = []
  let next: string | undefined
  do {
    const query = new URLSearchParams({ limit: '50', 'match[type]': 'indicator', ...(next && { next }) })
    const envelope = await caller.taxii<{ more?: boolean; next?: string; objects?: StixObject[] }>(`${path}?${query.toString()}`)
    objects.push(...(envelope.objects ?? []))
    next = envelope.more ? envelope.next : undefined
  } while (next !== undefined)
  return objects
}

/** 5. Nobody learns anything from four organisations; with the fifth the vendor sees what it lacks, and ships it. */
async function reportSightings({ people: { responders, advance } }: World, indicator: string): Promise<void> {
  console.log('5. Sightings, and the gap they show')
  const hasGap = async () => (await advance.get<Page<{ indicator: { id: string } }>>('/api/gaps')).items.some((gap) => gap.indicator.id === indicator)
  const now = (await instantOf(advance)).toISOString()
  const seen = { indicator, count: 3, firstSeen: now, lastSeen: now }
  await expectRefusal('VALIDATION_FAILED', () => responders[0]!.post('/api/sightings', { ...seen, lastSeen: '2199-01-01T00:00:00.000Z' }))
  for (const responder of responders.slice(0, 3)) await responder.post('/api/sightings', seen)
  const bulk = await responders[3]!.post<{ accepted: number; refused: unknown[] }>('/api/sightings/bulk', { sightings: [seen, { ...seen, count: -1 }] })
  expectThat(bulk.accepted === 1 && bulk.refused.length === 1, 'of a bulk of two, the good one is kept and the bad one named')
  expectThat(!(await hasGap()), 'at four organisations the vendor is shown nothing')
  await responders[4]!.post('/api/sightings', seen)
  expectThat(await hasGap(), 'with the fifth the gap is there')
  await advance.post('/api/protections', { product: 'Example Endpoint', sensor: 'file', mode: 'block', cves: [], indicators: [indicator] })
  for (let tries = 0; (await hasGap()) && tries < 300; tries++) await pause(100)
  expectThat(!(await hasGap()), 'once the vendor ships a protection the gap is closed')
}

/** The world of a demonstration that runs here: the file it wrote says where it is and holds its people's tokens. */
function demonstration(): World {
  const dataDir = process.env['VEDETTE_DATA'] ?? join('data', 'demo')
  const { url, people } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as { url: string; people: { role: string; token: string }[] }

  function as(role: string): Caller {
    const person = people.find((one) => one.role === role)
    if (!person) throw new Error(`the demonstration has nobody called ${role}`)
    return connect(url, person.token)
  }

  return {
    url,
    people: {
      author: as('operator author'),
      approver: as('operator approver'),
      advance: as('vendor analyst'),
      entry: as('vendor analyst, entry tier'),
      responders: ['responder', 'responder 2', 'responder 3', 'responder 4', 'responder 5'].map(as),
    },
    verifyLog: async () => spawnSync('bin/vedette', ['log', 'verify', '--edition', 'demo'], { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0,
  }
}

if (import.meta.main) await walk(demonstration())
