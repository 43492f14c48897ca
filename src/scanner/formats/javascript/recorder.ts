import { Accessor, Callable, Hosted, List, Thing, type Value } from './objects.ts'
import { head, LongText, part, repeatedUnit, type Text } from './text.ts'

/** A value as a report can show it: lengths, numbers, the ends of texts. */
export type Shown =
  | { readonly type: 'undefined' | 'null' | 'function' | 'boolean' }
  | { readonly type: 'number'; readonly value: number }
  | {
      readonly type: 'text'
      readonly length: number
      readonly head: string
      readonly tail: string
      /** The few characters that its middle repeats over and over. */
      readonly unit?: string
    }
  | { readonly type: 'list'; readonly length: number; readonly items: readonly Shown[] }
  /** `of` is how an object of the host is reached, and empty for one of the script. */
  | { readonly type: 'object'; readonly of: string; readonly members: Readonly<Record<string, Shown>> }

/** What a script did to an object of the program that runs it. */
export interface Recorded {
  readonly kind: 'call' | 'set'
  /** `Collab.getIcon`, `Doc.media.newPlayer`; for a set the member that was set. */
  readonly name: string
  readonly values: readonly Shown[]
  /** The script, counted from 0, and where in it, in characters: for code that was fed back the place of the feeding. */
  readonly script: number
  readonly at: number
  readonly fed: boolean
  /** The callback in whose run it happened, such as the `cEnable` of a button, with what its call was given. */
  readonly within: { readonly name: string; readonly values: readonly Shown[] } | undefined
}

/** Texts that a script kept in arrays and members, as a heap spray does. */
export interface Spray {
  /** How many long texts that repeat a few characters were kept, each built anew. */
  readonly texts: number
  /** Their bytes together, at two a character: none of them was built here. */
  readonly bytes: number
  /** What the first of them repeats. */
  readonly unit: string
  /** Typed arrays and their buffers: the most of one size, and that size in bytes. */
  readonly blocks: number
  readonly blockBytes: number
}

const MOST_RECORDED = 3000
/** Of one name: what a script does over and over takes no place from what it does once. */
const MOST_OF_NAME = 1000
/** Steps that showing one text costs, for what it repeats is looked for. */
const TEXT_STEPS = 24
const HEAD = 400
const TAIL = 48
/** Characters from which on a kept text counts to a spray: the interpreters put such texts into blocks of their own. */
const SPRAYED = 16_384

/** Notes calls and sets, each once. */
export class Recorder {
  readonly recorded: Recorded[] = []
  /** Something was left out, because there was too much of it. */
  cut = false
  readonly fed: { readonly length: number; readonly head: string }[] = []
  within: Recorded['within']
  readonly #known = new Set<string>()
  readonly #ofName = new Map<string, number>()
  readonly #kept = new WeakSet<LongText>()
  readonly #blocks = new Map<number, number>()
  #texts = 0
  #bytes = 0
  #unit = ''

  get spray(): Spray {
    const [blockBytes, blocks] = [...this.#blocks].reduce((most, one) => (one[1] > most[1] ? one : most), [0, 0])
    return { texts: this.#texts, bytes: this.#bytes, unit: this.#unit, blocks, blockBytes }
  }

  /** Whether there is room for another call or set of this name. */
  takes(name: string): boolean {
    const room = this.recorded.length < MOST_RECORDED && (this.#ofName.get(name) ?? 0) < MOST_OF_NAME
    if (!room) this.cut = true
    return room
  }

  note(one: Omit<Recorded, 'within'>): void {
    const key = JSON.stringify([one, this.within?.name])
    if (this.#known.has(key)) return
    this.#known.add(key)
    this.#ofName.set(one.name, (this.#ofName.get(one.name) ?? 0) + 1)
    this.recorded.push({ ...one, within: this.within })
  }

  /** Notes that a text was kept. Only what repeats itself counts, and each text once however often it is kept. */
  keep(text: LongText): void {
    if (text.length < SPRAYED || this.#kept.has(text)) return
    this.#kept.add(text)
    const unit = repeatedUnit(text)
    if (unit === undefined) return
    if (this.#texts++ === 0) this.#unit = unit
    this.#bytes += text.length * 2
  }

  /** Notes a typed array of so many bytes. */
  block(bytes: number): void {
    if (this.#blocks.size < 1000 || this.#blocks.has(bytes)) this.#blocks.set(bytes, (this.#blocks.get(bytes) ?? 0) + 1)
  }

  noteFed(source: Text): void {
    if (this.fed.length < 50) this.fed.push({ length: source.length, head: head(source, HEAD) })
  }
}

/** A value as it is shown, to a small depth. `step` is told of what that costs and may throw. */
export function show(value: Value, step: (steps: number) => void, depth = 0): Shown {
  if (value === undefined || value === null) return { type: value === null ? 'null' : 'undefined' }
  if (typeof value === 'boolean') return { type: 'boolean' }
  if (typeof value === 'number') return { type: 'number', value }
  if (!(value instanceof Thing)) {
    step(TEXT_STEPS)
    return showText(value)
  }
  if (value instanceof Callable) return { type: 'function' }
  if (value instanceof List)
    return { type: 'list', length: value.length, items: depth > 1 ? [] : value.items.slice(0, 8).map((item) => show(item, step, depth + 1)) }
  const members: Record<string, Shown> = Object.create(null) as Record<string, Shown>
  let left = 16
  if (depth < 2)
    for (const [key, member] of value.members) {
      if (left-- === 0) break
      if (!(member instanceof Accessor)) members[key.slice(0, 64)] = show(member, step, depth + 1)
    }
  return { type: 'object', of: value instanceof Hosted ? value.path : '', members }
}

function showText(text: Text): Shown {
  const unit = text.length >= 256 ? repeatedUnit(text) : undefined
  const tail = text.length > HEAD ? head(part(text, Math.max(HEAD, text.length - TAIL), text.length), TAIL) : ''
  return { type: 'text', length: text.length, head: head(text, HEAD), tail, ...(unit !== undefined && { unit }) }
}
