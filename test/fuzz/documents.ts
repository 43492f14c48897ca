import { openCfb } from '#scanner/formats/cfb.ts'
import type { ContentType } from '#scanner/intake/content-type.ts'
import { Budget, LIMITS } from '#scanner/intake/limits.ts'
import { unpack } from '#scanner/intake/unpack.ts'
import { seeds } from './seeds.ts'

/** Longer ones make no better seeds: every mutation is read as a whole. */
const LONGEST = 50_000
/** Of one type, or one name of a stream: from the shortest on, evenly. */
const MOST = 8

/** The documents of the tests, and what lies in them, as seeds for the readers of the parts. */
export class Documents {
  readonly whole: ReadonlyMap<string, Buffer>
  readonly #types = new Map<string, Map<string, Buffer>>()
  readonly #streams = new Map<string, Map<string, Buffer>>()

  constructor(whole: ReadonlyMap<string, Buffer>) {
    this.whole = whole
    for (const bytes of whole.values())
      for (const fact of unpack(bytes, { limits: LIMITS, passwords: [] }).facts) {
        if (fact.kind !== 'part') continue
        keep(this.#types, fact.type, fact.bytes)
        if (fact.type === 'cfb') this.#streamsOf(fact.bytes)
      }
  }

  /** Some objects of these types in any of the documents. */
  of(...types: readonly ContentType[]): Buffer[] {
    return types.flatMap((type) => some(this.#types.get(type)))
  }

  /** Some streams of these names in any compound file. */
  streams(...names: readonly string[]): Buffer[] {
    return names.flatMap((name) => some(this.#streams.get(name.toLowerCase())))
  }

  #streamsOf(bytes: Buffer): void {
    const cfb = openCfb(bytes, new Budget())
    for (const entry of cfb.entries) if (entry.kind === 'stream') keep(this.#streams, entry.name.toLowerCase(), cfb.read(entry))
  }
}

function keep(home: Map<string, Map<string, Buffer>>, key: string, bytes: Buffer): void {
  if (bytes.length > LONGEST) return
  const known = home.get(key) ?? new Map<string, Buffer>()
  known.set(bytes.toString('latin1'), bytes)
  home.set(key, known)
}

function some(found: ReadonlyMap<string, Buffer> | undefined): Buffer[] {
  const all = [...(found?.values() ?? [])].sort((a, b) => a.length - b.length)
  const stride = Math.max(1, all.length / MOST)
  return Array.from({ length: Math.min(MOST, all.length) }, (_, i) => all[Math.floor(i * stride)]!)
}

let made: Promise<Documents> | undefined

/** Made once in a process. */
export function documents(): Promise<Documents> {
  return (made ??= seeds().then((whole) => new Documents(whole)))
}
