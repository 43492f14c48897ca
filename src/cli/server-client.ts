import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { readConfig } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'

/** A server that commands speak to over its interface, in the name of whoever holds the token. */
export interface ServerClient {
  get<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>>
  /** `body` is sent as JSON, or as it is where a media type is given. */
  send<S extends z.ZodType>(schema: S, method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, type?: string): Promise<z.output<S>>
}

const Refusal = z.object({
  title: z.string(),
  detail: z.string().optional(),
  fields: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
})

/** The server at VEDETTE_URL with VEDETTE_TOKEN. Throws StartupError without a token; every call throws it, in one sentence, for what the server refuses. */
export function connectToServer(): ServerClient {
  const { url, token } = readConfig('live')
  if (token === undefined)
    throw new StartupError('Set VEDETTE_TOKEN to an API token (page "Account" of the console), and VEDETTE_URL to the address of the server.')
  const call = async <S extends z.ZodType>(
    schema: S,
    path: string,
    init: Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> },
  ): Promise<z.output<S>> => {
    const headers = { accept: 'application/json', authorization: `Bearer ${token}`, ...init.headers }
    const answer = await fetch(new URL(path, url), { ...init, headers, redirect: 'error' }).catch((cause: unknown) => {
      throw new StartupError(`The server at ${url.origin} cannot be reached.`, { cause })
    })
    const text = await answer.text()
    if (!answer.ok) throw new StartupError(explain(answer.status, text))
    const parsed = schema.safeParse(text === '' ? undefined : JSON.parse(text))
    if (!parsed.success) throw new StartupError(`The server's answer does not fit this command; one of them may be older.`, { cause: parsed.error })
    return parsed.data
  }
  return {
    get: (schema, path) => call(schema, path, { method: 'GET' }),
    send: (schema, method, path, body, type = 'application/json') => {
      const content = type === 'application/json' ? JSON.stringify(body) : (body as Uint8Array<ArrayBuffer>)
      // One key per call of the command: a proxy that sends it twice does it once.
      const headers = { 'content-type': type, ...(type === 'application/json' && { 'idempotency-key': randomUUID() }) }
      return call(schema, path, body === undefined ? { method } : { method, headers, body: content })
    },
  }
}

/** All items of a list, page after page. */
export async function everyItem<S extends z.ZodType>(server: ServerClient, item: S, path: string): Promise<z.output<S>[]> {
  const Page = z.object({ items: z.array(item), next: z.string().nullable() })
  const items: z.output<S>[] = []
  let next: string | null = null
  do {
    const page: z.output<typeof Page> = await server.get(Page, `${path}?limit=200${next === null ? '' : `&cursor=${encodeURIComponent(next)}`}`)
    items.push(...page.items)
    next = page.next
  } while (next !== null)
  return items
}

function explain(status: number, text: string): string {
  try {
    const { title, detail, fields } = Refusal.parse(JSON.parse(text))
    const lines = fields.map(({ field, message }) => `\n  ${field}: ${message}`)
    return `${detail ?? title}${lines.join('')}`
  } catch {
    return `The server answered with status ${status} and nothing that explains it.`
  }
}
