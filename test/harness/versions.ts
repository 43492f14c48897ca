import type { z } from 'zod'
import type { DecisionAct, DecisionView } from '#program/packages/decisions/contract.ts'
import { expect } from 'vitest'
import type { TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

export type Decision = z.output<typeof DecisionView>

/** The two publishers whom a decision takes. */
export interface Publishers {
  readonly first: Caller
  readonly second: Caller
}

/** Revisions of packages and decisions of two about their versions. */
export function versionDesk(desk: ReturnType<typeof packageDesk>) {
  const versions = {
    begin: (by: Caller, id: string, summary = 'Corrected') => desk.post(by, `/api/packages/${id}/revisions`, { summary }),
    /** A revision that its author changes, and that two others approve and put in the place of the version before it. */
    revise: async (
      { people }: SeededOperator,
      id: string,
      change: (content: Record<string, unknown>) => Record<string, unknown> = (content) => content,
    ): Promise<Package> => {
      ok(await versions.begin(people.author, id))
      ok(await desk.edit(people.author, id, change))
      await versions.approve({ people }, id)
      return ok(await desk.post(people.publisher, `/api/packages/${id}/schedule`))
    },
    approve: async ({ people }: Pick<SeededOperator, 'people'>, id: string): Promise<Package> => {
      ok(await desk.step(people.author, id, 'review'))
      return ok(await desk.step(people.reviewer, id, 'approval'))
    },
    propose: (by: Caller, id: string, act: DecisionAct, version = 1) => desk.post(by, `/api/packages/${id}/decisions`, { version, act, reason: 'As agreed' }),
    confirm: (by: Caller, id: string, decision: string) => desk.post(by, `/api/packages/${id}/decisions/${decision}/confirmation`),
    decide: async ({ first, second }: Publishers, id: string, act: DecisionAct, version = 1): Promise<Decision> => {
      const proposed = await versions.propose(first, id, act, version)
      if (proposed.statusCode !== 201) throw new Error(`refused: ${proposed.body}`)
      const confirmed = await versions.confirm(second, id, proposed.json<Decision>().id)
      if (confirmed.statusCode !== 200) throw new Error(`refused: ${confirmed.body}`)
      return confirmed.json<Decision>()
    },
    states: async (by: Caller, id: string) =>
      (await desk.get(by, `/api/packages/${id}/versions`))
        .json<{ items: { version: number; state: string }[] }>()
        .items.map((line) => `${line.version} ${line.state}`),
    differences: (by: Caller, id: string, from = 1, to = 2) => desk.get(by, `/api/packages/${id}/differences?from=${from}&to=${to}`),
  }
  return versions
}

export interface HolderView {
  items: { organisation: { id: string }; person: { id: string }; version: number; files: number }[]
  pulledAt: string | null
  attestations: { person: { id: string }; text: string }[]
}
const NOWHERE = '0193b0c8-1111-7222-8333-444455556666'

/** Two operators; at the first, two publishers and three members: one that will hold packages, one that does not, one under a duty to report. */
export async function versionWorld(test: TestApp) {
  test.clock.set('2026-11-23T12:00:00Z')
  const [a, b] = await seedPeople(test.app)
  const desk = packageDesk(test)
  const versions = versionDesk(desk)
  const second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
  const holder = a.vendor.people.analyst
  await entitle(test.app, a, a.vendor, holder)
  const other = await seedMember(test.app, a.id, 'without a copy')
  await entitle(test.app, a, other, other.people.analyst)
  const restricted = await seedMember(test.app, a.id, 'under a duty to report')
  await entitle(test.app, a, restricted, restricted.people.analyst, { jurisdiction: 'duty-to-report@1' })
  const kinds = async (person: { id: string }, id: string) => {
    const { rows } = await test.database.superuser.query<{ kind: string }>(`select kind from notice where person_id = $1 and data ->> 'package' = $2`, [
      person.id,
      id,
    ])
    return rows.map(({ kind }) => kind)
  }
  /** Without files and guidance, which take requests of their own. */
  const plain = async (document: unknown) => {
    const { id } = ok(await desk.import(a.people.author, document))
    await versions.approve(a, id)
    return ok(await desk.schedule(a.people.publisher, id))
  }
  return {
    a,
    b,
    desk,
    versions,
    second,
    publishers: { first: a.people.publisher, second },
    holder,
    other,
    restricted,
    /** A package that the holder has received within the window of December; the time is that of the window. */
    held: async (mark: string, { cves = [`CVE-2026-${20000 + mark.length}`], files = false }: { cves?: readonly string[]; files?: boolean } = {}) => {
      test.clock.set('2026-11-23T12:00:00Z')
      const document = csafDocument(mark, cves[0])
      document.vulnerabilities.push(...cves.slice(1).map((cve) => ({ ...document.vulnerabilities[0]!, cve })))
      const { id } = files ? await desk.scheduled(a, document) : await plain(document)
      test.clock.set(DECEMBER.advance)
      ok(await desk.receive(holder, id))
      return id
    },
    plain,
    toldOf: kinds,
    holders: async (id: string) => (await desk.get(a.people.tracer, `/api/packages/${id}/holders`)).json<HolderView>(),
    report: (by: Caller, cve: string) =>
      desk.post(by, '/api/protections', { product: 'Endpoint 4', sensor: 'file', mode: 'block', cves: [cve], indicators: [] }),
    read: (by: Caller, id: string, version?: number) => desk.get(by, `/api/packages/${id}${version === undefined ? '' : `?version=${version}`}`),
    /** The same bytes as for a package that does not exist. */
    expectNothing: async (by: Caller, url: string, id: string) => {
      const [answer, nowhere] = [await desk.get(by, url), await desk.get(by, url.replace(id, NOWHERE))]
      const masked = (text: string) => text.replaceAll(/"(requestId|instance)":"[^"]*"/g, '')
      expect([answer.statusCode, masked(answer.body)]).toEqual([404, masked(nowhere.body)])
    },
  }
}
