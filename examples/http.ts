import { randomUUID } from 'node:crypto'

/** Somebody who calls the interface with an API token. Every method throws `Refused` for an answer that is not a success. */
export interface Caller {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  /** Sends bytes; their name goes into a header, because addresses are logged. */
  upload<T>(path: string, bytes: Buffer, type: string, name?: string): Promise<T>
  download(path: string): Promise<Buffer>
  /** Reads as a TAXII 2.1 client does. */
  taxii<T>(path: string): Promise<T>
}

/** A refusal: `code` is one of the closed list that the interface names. */
export class Refused extends Error {
  override name = 'Refused'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export function connect(url: string, token: string): Caller {
  const send = async (method: string, path: string, headers: Record<string, string>, body?: Uint8Array<ArrayBuffer> | string): Promise<Response> => {
    const answer = await fetch(new URL(path, url), { method, headers: { authorization: `Bearer ${token}`, ...headers }, ...(body !== undefined && { body }) })
    if (answer.ok) return answer
    const problem = (await answer.json()) as { code: string; detail: string; fields: { field: string; message: string }[] }
    const fields = problem.fields.map(({ field, message }) => `${field}: ${message}`).join('; ')
    throw new Refused(problem.code, `${method} ${path}: ${answer.status} ${problem.code}, ${problem.detail} ${fields}`)
  }
  const json = async <T>(answer: Promise<Response>): Promise<T> => (await answer).json() as Promise<T>
  const sendJson = <T>(method: string, path: string, body: unknown): Promise<T> =>
    json(send(method, path, { 'content-type': 'application/json', 'idempotency-key': randomUUID() }, JSON.stringify(body)))
  return {
    get: (path) => json(send('GET', path, {})),
    post: (path, body = {}) => sendJson('POST', path, body),
    put: (path, body) => sendJson('PUT', path, body),
    upload: (path, bytes, type, name) => {
      const named = name === undefined ? {} : { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}` }
      return json(send('POST', path, { 'content-type': type, ...named }, new Uint8Array(bytes)))
    },
    download: async (path) => Buffer.from(await (await send('GET', path, {})).arrayBuffer()),
    taxii: (path) => json(send('GET', path, { accept: 'application/taxii+json;version=2.1' })),
  }
}

/** Goes on only when something is so. */
export function expectThat(so: boolean, what: string): void {
  if (!so) throw new Error(`not so: ${what}`)
  console.log(`   ${what}`)
}

/** Goes on only when the call is refused with this code. */
export async function expectRefusal(code: string, call: () => Promise<unknown>): Promise<void> {
  const got = await call().then(
    () => 'an answer',
    (error: unknown) => (error instanceof Refused ? error.code : String(error)),
  )
  if (got !== code) throw new Error(`expected the refusal ${code} and got ${got}`)
}
