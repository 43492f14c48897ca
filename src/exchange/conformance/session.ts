import type { Client, Question } from '#exchange/conformance/client.ts'
import type { PointId } from '#exchange/conformance/contract.ts'
import { inspect, type Expected } from '#exchange/conformance/inspect.ts'
import type { Judge } from '#exchange/conformance/judge.ts'
import type { Content } from '#exchange/conformance/walk.ts'
import type { Json, Turn } from '#exchange/conformance/turn.ts'

/** What somebody asks the check to do. */
export interface CheckOptions {
  /** The server, or one of its API roots. */
  readonly url: string
  /** `user:password` for HTTP Basic. */
  readonly basic?: string | undefined
  readonly bearer?: string | undefined
  /** PEM texts: the client's certificate with its key, and the authority of the server's. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly ca?: string | undefined
  readonly apiRoot?: string | undefined
  readonly collection?: string | undefined
  readonly writeCollection?: string | undefined
  /** Only these points; all of them unless said. */
  readonly only?: readonly PointId[] | undefined
  /** Posts and deletes nothing. */
  readonly readOnly?: boolean | undefined
  readonly timeoutMs: number
  readonly mostBytes: number
  /** Objects of a collection that are walked. */
  readonly mostObjects: number
  readonly stop: AbortSignal
  readonly progress: (what: string) => void
  /** Looks up the targets of an SRV record; undefined where there is no name service. */
  readonly lookUpService: (name: string) => Promise<readonly { name: string; port: number }[] | undefined>
}

export interface Collection {
  readonly id: string
  readonly url: string
  readonly canRead: boolean
  readonly canWrite: boolean
  readonly alias: string | undefined
  readonly mediaTypes: readonly string[]
  readonly raw: Json
}

/** What is known of the server so far; each step of the check adds to it. */
export interface Target {
  /** `https://host:port`, without a slash at its end. */
  readonly origin: string
  /** With a slash at its end. */
  root?: string
  discovery?: Json
  apiRoot?: Json
  collections: Collection[]
  /** Status with which the list of collections was answered. */
  listing?: number
  /** The collection that is read. */
  read?: Collection
  /** The collection that is written to. */
  write?: Collection
  content?: Content
}

export type Query = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

const BY_EVERY_ANSWER: readonly PointId[] = ['T12', 'T15', 'T16', 'T17', 'T18', 'T20', 'T29', 'T30', 'T40']

/** One run of the check: what it was asked, what it found, and how it asks the server. */
export class Session {
  readonly options: CheckOptions
  readonly client: Client
  readonly judge: Judge
  readonly target: Target
  /** Probe objects that were posted and have to be taken away, with the collection they are in. */
  readonly created = new Map<string, Collection>()
  /** Of these, the ones that the server took at least once. */
  readonly taken = new Set<string>()
  /** The indicator of which three versions were posted. */
  versioned: string | undefined

  constructor(options: CheckOptions, client: Client, judge: Judge, origin: string) {
    this.options = options
    this.client = client
    this.judge = judge
    this.target = { origin, collections: [] }
  }

  /** Asks, and judges what holds for every answer. */
  async ask(expected: Expected, url: string, query: Query = {}, question: Partial<Question> = {}): Promise<Turn> {
    const turn = await this.client.send({ url: withQuery(url, query), ...question })
    if (!this.client.stopped) inspect(this.judge, expected, turn)
    return turn
  }

  /** Asks with another login or none, or otherwise than a client should; nothing is judged of the answer. */
  send(url: string, query: Query = {}, question: Partial<Question> = {}): Promise<Turn> {
    return this.client.send({ url: withQuery(url, query), ...question })
  }

  /** Whether one of these points is to be judged, or one that is judged by every answer there is. */
  wants(...points: readonly PointId[]): boolean {
    const { only } = this.options
    return only === undefined || only.some((point) => points.includes(point) || BY_EVERY_ANSWER.includes(point))
  }
}

/** Part of a path or query, whatever a server put into it. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** Commas stay as they are, which separate values (section 3.4). */
export function withQuery(url: string, query: Query): string {
  const pairs = Array.isArray(query) ? (query as readonly (readonly [string, string])[]) : Object.entries(query)
  const text = pairs.map(([name, value]) => `${encode(name)}=${encode(value).replaceAll('%2C', ',')}`).join('&')
  return text === '' ? url : `${url}?${text}`
}
