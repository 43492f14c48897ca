import { randomUUID } from 'node:crypto'
import { pause } from '#platform/clock/clock.ts'
import { guardedFetch, RefusedAddress, type Resolve } from '#platform/http/guarded-fetch.ts'
import type { Job } from '../../sandbox.ts'
import type { CapeSettings } from './settings.ts'

const SMALL = { mostBytes: 2 ** 20, timeMs: 30_000 }
/** A report with every call of every process; above it the short one is asked for. */
const REPORT = { mostBytes: 64 * 2 ** 20, timeMs: 180_000 }
const UPLOAD = { mostBytes: 2 ** 20, timeMs: 120_000 }
/** Waits between the attempts of what can be asked again without harm. */
const AGAIN_MS = [500, 1_000, 2_000, 4_000]

/** CAPE answered, and does not do it: its own words. */
export class CapeRefuses extends Error {
  override name = 'CapeRefuses'
}
/** There is no answer that could be used. */
export class CapeFails extends Error {
  override name = 'CapeFails'
}

/** The part of CAPE's REST API, version 2, that a detonation needs (kevoreilly/CAPEv2, web/apiv2). */
export interface CapeClient {
  /** Makes a task; answers its number. `mark` finds it again where the answer was lost. */
  create(job: Job, fields: Readonly<Record<string, string>>, mark: string, signal: AbortSignal): Promise<number>
  /** `pending`, `running`, `completed`, `reported`, `failed_analysis`, ... */
  status(task: number, signal: AbortSignal): Promise<string>
  /** The report, whole or where that is too long in short; what it holds is hostile. */
  report(task: number, signal: AbortSignal): Promise<unknown>
  /** Ends the task and deletes what is kept of it. */
  remove(task: number): Promise<void>
  /** Removes the tasks of this mark, of which the number is not known. */
  removeMarked(sha256: string, mark: string): Promise<void>
}

export interface ClientOptions {
  readonly resolve?: Resolve
  readonly againMs?: readonly number[]
  readonly reportBytes?: number
}

export function openCapeClient({ url, token, private_hosts: privateHosts }: CapeSettings, options: ClientOptions = {}): CapeClient {
  const againMs = options.againMs ?? AGAIN_MS
  const base = url.endsWith('/') ? url : `${url}/`
  const fetchSmall = guardedFetch(privateHosts, options.resolve, SMALL)
  const fetchReport = guardedFetch(privateHosts, options.resolve, { ...REPORT, mostBytes: options.reportBytes ?? REPORT.mostBytes })
  const upload = guardedFetch(privateHosts, options.resolve, UPLOAD)
  const headers = { authorization: `Token ${token}`, accept: 'application/json' }

  const get = async (fetch: typeof fetchSmall, path: string, signal?: AbortSignal): Promise<unknown> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await answerOf(await fetch(`${base}${path}`, { headers, signal }))
      } catch (error) {
        if (error instanceof CapeRefuses || error instanceof RefusedAddress || signal?.aborted || attempt >= againMs.length) throw failure(error)
        await pause(againMs[attempt]!, signal)
      }
    }
  }
  const remove = async (task: number): Promise<void> => {
    // A task that is being worked on may be refused to be deleted, and not a moment later.
    for (const wait of [...againMs, 0]) {
      const answer = await get(fetchSmall, `tasks/delete/${task}/`).catch((error: unknown) => error)
      if (!(answer instanceof Error) || answer instanceof RefusedAddress) return
      await pause(wait)
    }
  }

  return {
    async create({ subject }, fields, mark, signal) {
      const page = 'url' in subject
      const form = multipart(
        { ...fields, custom: mark, ...(page && { url: subject.url }) },
        page ? undefined : { bytes: subject.document, name: sentName(subject.name) },
      )
      let answer: unknown
      try {
        const path = page ? 'tasks/create/url/' : 'tasks/create/file/'
        answer = await answerOf(await upload(`${base}${path}`, { method: 'POST', headers: { ...headers, ...form.headers }, body: form.body, signal }))
      } catch (error) {
        throw failure(error)
      }
      const [task] = taskIds(answer)
      if (task === undefined) throw new CapeFails('it answered without the number of a task')
      return task
    },
    async status(task, signal) {
      const data = dataOf(await get(fetchSmall, `tasks/status/${task}/`, signal))
      if (typeof data !== 'string') throw new CapeFails('it answered without the state of the task')
      return data.slice(0, 60)
    },
    async report(task, signal) {
      try {
        return await get(fetchReport, `tasks/get/report/${task}/json/`, signal)
      } catch (error) {
        if (!(error instanceof RefusedAddress)) throw error
        return get(fetchReport, `tasks/get/report/${task}/litereport/`, signal)
      }
    },
    remove,
    async removeMarked(sha256, mark) {
      const found = dataOf(await get(fetchSmall, `tasks/search/sha256/${sha256}/`).catch(() => undefined))
      for (const one of Array.isArray(found) ? found.slice(0, 1000) : []) {
        const { id, custom } = (one ?? {}) as { id?: unknown; custom?: unknown }
        if (custom === mark && Number.isSafeInteger(id)) await remove(id as number)
      }
    },
  }
}

const failure = (error: unknown): Error =>
  error instanceof CapeRefuses || error instanceof CapeFails || error instanceof RefusedAddress ? error : new CapeFails(reasonOf(error))

function reasonOf(error: unknown): string {
  const { name, message, code } = error as Error & { code?: string }
  return name === 'TimeoutError' ? 'it did not answer in time' : (code ?? message).slice(0, 300)
}

/** The JSON of an answer. Throws `CapeRefuses` with CAPE's reason, `CapeFails` for what may be otherwise next time. */
async function answerOf(answer: Response): Promise<unknown> {
  const text = await answer.text()
  if (answer.status >= 500 || answer.status === 429) throw new CapeFails(`it answered ${answer.status}`)
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    if (answer.status >= 400) throw new CapeRefuses(`it answered ${answer.status}`)
    throw new CapeFails('it answered with what is no JSON')
  }
  if (typeof said !== 'object' || said === null) throw new CapeFails('it answered with what is no object')
  const { error, error_value: value, detail, failed } = said as Record<string, unknown>
  if (answer.status >= 400 || error === true)
    throw new CapeRefuses([value, failed, detail].find((one) => typeof one === 'string')?.slice(0, 300) ?? `it answered ${answer.status}`)
  return said
}

const dataOf = (answer: unknown): unknown => (typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : undefined)

function taskIds(answer: unknown): number[] {
  const data = dataOf(answer)
  const ids = typeof data === 'object' && data !== null && 'task_ids' in data ? data.task_ids : undefined
  return Array.isArray(ids) ? ids.filter((id): id is number => Number.isSafeInteger(id) && id > 0) : []
}

/** The name as it was given may say whose it is: only its ending goes out, by which CAPE chooses what opens it. */
function sentName(name: string): string {
  const ending = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase()
  return ending === undefined ? 'document' : `document.${ending}`
}

function multipart(fields: Readonly<Record<string, string>>, file?: { bytes: Uint8Array; name: string }): { headers: Record<string, string>; body: Buffer } {
  const boundary = `vedette-${randomUUID()}`
  const parts: Uint8Array[] = []
  for (const [name, value] of Object.entries(fields))
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`))
  if (file) {
    const head = `Content-Disposition: form-data; name="file"; filename="${file.name}"\r\nContent-Type: application/octet-stream`
    parts.push(Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`), file.bytes, Buffer.from('\r\n'))
  }
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(body.length) }, body }
}
