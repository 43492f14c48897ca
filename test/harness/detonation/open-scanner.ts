import { createHash, randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { consumers as publishing } from '#exchange/findings/consumers.ts'
import { consumers as opening } from '#program/candidates/consumers.ts'
import { consumers as lifting } from '#scanner/detonation/consumers.ts'
import { openFarm } from '#scanner/detonation/farm.ts'
import { detonationJobs } from '#scanner/detonation/jobs.ts'
import type { Job, Sandbox } from '#scanner/detonation/sandbox.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { buildPdf } from '#test/harness/documents.ts'
import { until } from '#test/harness/jobs.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { POPPLER, replaySandbox } from '#test/harness/replay-sandbox.ts'

export type AnyPerson = SeededPerson<OperatorActor | ContactActor>
export type Play = Parameters<typeof replaySandbox>[1]
export interface Shown {
  readonly id: string
  readonly state: string
  readonly exploit: string | null
  readonly failure: { code: string } | null
  readonly behaviour: { readonly state: string; readonly why: string | null } | null
}
interface ShownRun {
  readonly id: string
  readonly environment: { readonly name: string }
  readonly run: number
  readonly state: string
  readonly end: string | null
  readonly failure: { code: string } | null
  readonly happenings: number
}

/** Machines of each worker. */
export const LIMITS = { host: 'here', machines: 2, memoryMib: 4096 }

export const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
export const digestOf = ({ subject }: Job) => digest('url' in subject ? subject.url : subject.document)
/** A document with other bytes each time: the same ones would be one submission. */
export const another = () =>
  Buffer.from(`${buildPdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [] /Count 0 >>']).toString('latin1')}\n% ${randomUUID()}\n`, 'latin1')

/** Opens, and stays open until it is told or ended. */
export function holding() {
  const opened = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const play: Play = async ({ answer }) => {
    opened.resolve()
    await go.promise
    return answer()
  }
  return { play, opened: opened.promise, go: () => go.resolve() }
}

/** The whole program with two operators, whose staff may reach out; workers are those that a test starts. */
export class TestScanner {
  #test: TestApp | undefined
  #a: SeededOperator | undefined
  #pool: ScanPool | undefined
  readonly #workers: Worker[] = []

  async open(): Promise<{ readonly test: TestApp; readonly a: SeededOperator; readonly b: SeededOperator }> {
    const test = (this.#test = await testApp({ env: { VEDETTE_EGRESS: 'operator' } }))
    const [a, b] = await seedPeople(test.app)
    this.#a = a
    this.#pool = openPool({ processes: 1 })
    return { test, a, b }
  }

  close = async (): Promise<void> => {
    this.#pool?.close()
    await this.#test?.close()
  }

  /** A worker that scans, opens what it scanned in Poppler as played or in the sandbox, and passes on what happens. */
  work = async (play: Play | Sandbox = ({ answer }) => answer()): Promise<void> => {
    const sandbox = typeof play === 'function' ? replaySandbox(POPPLER, play, digestOf) : play
    const kinds = [...scanJobs(this.#pool!), ...detonationJobs(openFarm(async () => sandbox, LIMITS)), ...eventJobs([...opening, ...lifting, ...publishing])]
    this.#workers.push(await startWorker(this.#test!.app, { kinds }))
  }

  /** A worker that scans and opens nothing. */
  workWithoutFarm = async (): Promise<void> => {
    this.#workers.push(await startWorker(this.#test!.app, { kinds: scanJobs(this.#pool!) }))
  }

  stopWorkers = () => Promise.all(this.#workers.splice(0).map((worker) => worker.stop()))

  /** Who hands in where nobody else is named. */
  analyst = () => this.#a!.vendor.people.analyst

  ask = (person: AnyPerson, url: string, method: 'GET' | 'DELETE' | 'POST' = 'GET', body?: object): Promise<LightMyRequestResponse> =>
    this.#test!.server.inject({ method, url, headers: person.token, ...(body && { payload: body }) })

  send = (person: AnyPerson, bytes: Buffer, query = ''): Promise<LightMyRequestResponse> =>
    this.#test!.server.inject({
      method: 'POST',
      url: `/api/submissions${query}`,
      headers: { ...person.token, 'content-type': 'application/octet-stream' },
      payload: bytes,
    })

  submit = async (bytes: Buffer = another(), query = '', person: AnyPerson = this.analyst()) => (await this.send(person, bytes, query)).json<Shown>()

  read = async (id: string, person: AnyPerson = this.analyst()) => (await this.ask(person, `/api/submissions/${id}`)).json<Shown>()

  /** As the list shows it. */
  listed = async (id: string, person: AnyPerson = this.analyst()) =>
    (await this.ask(person, '/api/submissions')).json<{ items: Shown[] }>().items.find((one) => one.id === id)

  /** What is said of it in the forms that are made to be passed on. */
  exported = (id: string, person: AnyPerson = this.analyst()) =>
    Promise.all(['sarif', 'stix'].map(async (form) => (await this.ask(person, `/api/submissions/${id}/report.${form}`)).body))

  inState = (id: string, state: string) => until(async () => (await this.read(id)).state === state && this.read(id))

  runs = async (id: string, person: AnyPerson = this.analyst()) =>
    (await this.ask(person, `/api/submissions/${id}/detonations`)).json<{ items: ShownRun[] }>().items

  rows = async (text: string, values: unknown[] = []) => (await this.#test!.database.superuser.query<Record<string, unknown>>(text, values)).rows

  events = (id: string) => this.rows(`select type, data from outbox_event where data->>'submission' = $1 order by position`, [id])

  leases = () => this.rows('select * from sandbox_lease')
}
