import { z } from 'zod'
import { checkObject } from '#exchange/stix/check.ts'
import { isStatement, isTlpMarking, markingsOf } from '#exchange/stix/tlp.ts'
import { RemoteFailure, type FailureKind } from '#exchange/remotes/failure.ts'
import type { RemoteClient } from '#exchange/remotes/remote-client.ts'
import type { Batch } from '#exchange/remotes/take-batch.ts'

/** Markings that one request asks for: so many fit into an address. And of one run: a server names no end of them. */
const AT_ONCE = 20
const MOST_ASKED = 1000

/** Failures that say nothing about the question: what is taken as restricted because of one would stay so. */
const PASSING: readonly FailureKind[] = ['not-accepted', 'busy', 'unreachable', 'too-slow']

const Definitions = z.looseObject({ objects: z.array(z.unknown()).optional() })

/**
 * Which markings that a server's objects name are statements, and restrict nothing: those that it has itself, in whatever page they come. Each is
 * asked for once in a run, when an object names it that comes before it.
 */
export class RemoteStatements {
  readonly #found = new Set<string>()
  readonly #asked = new Set<string>()
  readonly #client: RemoteClient
  readonly #collection: string

  constructor(client: RemoteClient, collection: string) {
    this.#client = client
    this.#collection = collection
  }

  /** Throws RemoteFailure, but for a server that has no answer to such a question. */
  async of({ good }: Batch): Promise<ReadonlySet<string>> {
    for (const { object } of good) if (isStatement(object)) this.#found.add(object.id)
    const named = new Set(good.flatMap(({ object }) => markingsOf(object)))
    const isUnknown = (ref: string) => !isTlpMarking(ref) && !this.#asked.has(ref) && !this.#found.has(ref)
    const unknown = [...named].filter(isUnknown).slice(0, MOST_ASKED - this.#asked.size)
    for (let from = 0; from < unknown.length; from += AT_ONCE) await this.#ask(unknown.slice(from, from + AT_ONCE))
    return this.#found
  }

  async #ask(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#asked.add(id)
    const url = new URL('objects/', this.#collection)
    url.search = new URLSearchParams({ 'match[id]': ids.join(',') }).toString()
    try {
      const objects = Definitions.safeParse(await this.#client.getJson(url.href)).data?.objects ?? []
      for (const value of objects) {
        const checked = checkObject(value)
        if ('object' in checked && isStatement(checked.object) && ids.includes(checked.object.id)) this.#found.add(checked.object.id)
      }
    } catch (error) {
      if (!(error instanceof RemoteFailure) || PASSING.includes(error.kind)) throw error
    }
  }
}
