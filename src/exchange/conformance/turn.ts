import type { ShownTurn } from '#exchange/conformance/contract.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | undefined
}

export type Parsed = { readonly value: unknown } | { readonly fault: string }

/** A request and what came back: an answer, or the reason why there is none. */
export class Turn {
  readonly asked: Asked
  readonly answer: Answer | undefined
  readonly failure: string | undefined
  #parsed: Parsed | undefined

  constructor(asked: Asked, came: Answer | string) {
    this.asked = asked
    this.answer = typeof came === 'string' ? undefined : came
    this.failure = typeof came === 'string' ? came : undefined
  }

  /** 0 where there was no answer. */
  get status(): number {
    return this.answer?.status ?? 0
  }

  header(name: string): string | undefined {
    return this.answer?.headers[name.toLowerCase()]
  }

  /** The body as JSON, or why it is none. */
  get parsed(): Parsed {
    return (this.#parsed ??= parse(this.answer))
  }

  /** The body where it is a JSON object, and an empty one otherwise. */
  get json(): Json {
    return asObject('value' in this.parsed ? this.parsed.value : undefined) ?? {}
  }

  /** What happened, in a few words. */
  get outcome(): string {
    return this.failure ?? `${this.status}`
  }
}

export type Json = Readonly<Record<string, unknown>>

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

export function asObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((item): item is Json => asObject(item) !== undefined) : []
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function parse(answer: Answer | undefined): Parsed {
  if (!answer) return { fault: 'no answer' }
  if (answer.body.length === 0) return { fault: 'an empty body' }
  const encoding = answer.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return { fault: `a body encoded as ${encoding}, which was not asked for` }
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(answer.body)
  } catch {
    return { fault: 'a body that is not UTF-8' }
  }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { fault: 'a body that is not JSON' }
  }
}

const MOST_SHOWN = 800
const MOST_HEADER = 300
const MOST_HEADERS = 40
const HIDDEN = new Set(['authorization', 'cookie', 'set-cookie', 'proxy-authorization'])

/** As a report may show it: no credentials, also where a server sends them back. */
export function shownTurn(turn: Turn, secrets: readonly string[]): ShownTurn {
  const clean = (text: string) => secrets.reduce((all, secret) => all.replaceAll(secret, '[credentials]'), text)
  const headers = (all: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([name]) => !HIDDEN.has(name))
        .slice(0, MOST_HEADERS)
        .map(([name, value]) => [clean(name), clean(value).slice(0, MOST_HEADER)]),
    )
  // Cut after cleaning, so that no cut leaves half a secret; the margin is longer than any secret that is cleaned.
  const first = (bytes: Buffer) => clean(bytes.subarray(0, MOST_SHOWN + 8192).toString('utf8')).slice(0, MOST_SHOWN)
  const { asked, answer, failure } = turn
  return {
    request: { method: asked.method, url: clean(asked.url).slice(0, 2000), headers: headers(asked.headers), ...(asked.body && { body: first(asked.body) }) },
    ...(answer && { answer: { status: answer.status, headers: headers(answer.headers), body: first(answer.body), bytes: answer.body.length } }),
    ...(failure !== undefined && { failure: clean(failure) }),
  }
}
