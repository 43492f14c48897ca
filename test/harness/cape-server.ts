import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'

/** What the stand-in does with a document that holds this word. */
export type Script = (state: Task) => { status: string; report?: unknown }

export interface Task {
  readonly id: number
  readonly fields: ReadonlyMap<string, string>
  readonly fileName: string
  readonly sha256: string
  /** How often its state was asked for. */
  asked: number
}

export interface CapeServer {
  readonly url: string
  /** Tasks that were made and not deleted. */
  readonly tasks: ReadonlyMap<number, Task>
  /** Every task that was ever made. */
  readonly made: readonly Task[]
  /** Requests by their method and path, as they came. */
  readonly requests: readonly string[]
  /** The next so many requests whose path holds the text are answered by this instead; `done`: what they ask for is done all the same. */
  fail(path: string, times: number, answer: (response: ServerResponse) => void, done?: 'done'): void
  close(): Promise<void>
}

export const CAPE_TOKEN = 'f00dfeedf00dfeedf00dfeedf00dfeedf00dfeed'

/**
 * Stands in for an operator's CAPE in the outside world: answers as its REST API version 2 does (web/apiv2 of kevoreilly/CAPEv2). `scripts` says by a word in
 * the document what becomes of its task.
 */
export async function openCapeServer(scripts: Readonly<Record<string, Script>>): Promise<CapeServer> {
  const tasks = new Map<number, Task & { script: Script }>()
  const made: Task[] = []
  const requests: string[] = []
  const failing: { path: string; times: number; answer: (response: ServerResponse) => void; done: boolean }[] = []
  let last = 0

  const create = async (request: IncomingMessage) => {
    const body = await buffer(request)
    const { fields, file, fileName } = partsOf(body, /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? '')
    const content = file ?? Buffer.from(fields.get('url') ?? '')
    const script = Object.entries(scripts).find(([word]) => content.includes(word))?.[1]
    if (!script) return { error: true, error_value: 'Error adding task to database', errors: [{ 'document.docx': 'unknown' }] }
    const task = { id: ++last, fields, fileName, sha256: createHash('sha256').update(content).digest('hex'), asked: 0, script }
    tasks.set(task.id, task)
    made.push(task)
    return {
      error: [],
      data: { task_ids: [task.id], message: `Task ID ${task.id} has been submitted` },
      errors: [],
      url: [`https://cape.example/submit/status/${task.id}/`],
    }
  }

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const path = request.url!.replace('/apiv2/', '')
    if (/^tasks\/create\/(file|url)\/$/.test(path) && request.method === 'POST') return create(request)
    const [, what, id] = /^tasks\/(status|delete|get\/report)\/(\d+)\//.exec(path) ?? []
    const task = tasks.get(Number(id))
    const searched = /^tasks\/search\/sha256\/([0-9a-f]{64})\/$/.exec(path)?.[1]
    if (searched !== undefined)
      return {
        error: [],
        data: [...tasks.values()].filter((one) => one.sha256 === searched).map((one) => ({ id: one.id, custom: one.fields.get('custom') ?? null })),
      }
    if (!task) return { error: true, error_value: 'Task does not exist' }
    if (what === 'delete') {
      tasks.delete(task.id)
      return { data: `Task(s) ID(s) ${task.id} has been deleted` }
    }
    if (what === 'status') {
      task.asked++
      return { error: false, data: task.script(task).status }
    }
    const { report } = task.script(task)
    return report ?? { error: true, error_value: 'Reports directory does not exist' }
  }

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const said = await answer(request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(typeof said === 'string' ? said : JSON.stringify(said))
  }

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const failure = failing.find((one) => one.times > 0 && request.url!.includes(one.path))
    if (failure) {
      failure.times--
      if (failure.done) void answer(request).then(() => failure.answer(response))
      else request.resume().on('end', () => failure.answer(response))
      return
    }
    if (request.headers.authorization !== `Token ${CAPE_TOKEN}`) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"detail":"Invalid token."}')
      return
    }
    void respond(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/apiv2`,
    tasks,
    made,
    requests,
    fail: (path, times, how, done) => void failing.push({ path, times, answer: how, done: done !== undefined }),
    close: () => new Promise((resolve) => void (server.closeAllConnections(), server.close(() => resolve()))),
  }
}

function partsOf(body: Buffer, boundary: string): { fields: Map<string, string>; file: Buffer | undefined; fileName: string } {
  const fields = new Map<string, string>()
  let file: Buffer | undefined
  let fileName = ''
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const [head, content] = [part.slice(0, part.indexOf('\r\n\r\n')), part.slice(part.indexOf('\r\n\r\n') + 4, -2)]
    const name = / name="([^"]*)"/.exec(head)?.[1] ?? ''
    const named = / filename="([^"]*)"/.exec(head)?.[1]
    if (named === undefined) fields.set(name, content)
    else [file, fileName] = [Buffer.from(content, 'latin1'), named]
  }
  return { fields, file, fileName }
}
