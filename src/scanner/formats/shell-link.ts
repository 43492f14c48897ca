import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32, utf16 } from './bytes.ts'
import { readLinkItems, type LinkItem } from './shell-link-items.ts'
import { readExtraData, readLinkInfo, type LinkExtra, type LinkInfo } from './shell-link-parts.ts'

/** A shell link (MS-SHLLINK). Times are FILETIMEs in seconds since 1970, undefined where the field is zero. */
export interface ShellLink {
  readonly flags: number
  readonly attributes: number
  readonly creationTime?: number
  readonly accessTime?: number
  readonly writeTime?: number
  readonly fileSize: number
  readonly iconIndex: number
  readonly show: 'normal' | 'maximised' | 'minimised'
  readonly items: readonly LinkItem[]
  readonly info?: LinkInfo
  readonly texts: LinkTexts
  readonly extra?: LinkExtra
  /** Why the rest was not read. */
  readonly damage: readonly string[]
}

/** A text of the link, and where it stands; each undefined where its flag is not set. */
export interface LinkText {
  readonly offset: number
  readonly value: string
}

export interface LinkTexts {
  readonly name?: LinkText
  readonly relativePath?: LinkText
  readonly workingDirectory?: LinkText
  readonly arguments?: LinkText
  readonly iconLocation?: LinkText
}

const HEADER_BYTES = 76
const CLASS = Buffer.from('4c0000000114020000000000c000000000000046', 'hex')
const HAS_ITEMS = 1
const HAS_INFO = 2
const UNICODE = 0x80
const TEXTS = [
  ['name', 4],
  ['relativePath', 8],
  ['workingDirectory', 0x10],
  ['arguments', 0x20],
  ['iconLocation', 0x40],
] as const
/** Characters that the system reads of every text but the arguments, whatever its length says. */
const LONGEST_TEXT = 260
const SECONDS_TO_1970 = 11_644_473_600

/** Reads a shell link; what is broken is left out and named in `damage`. Throws Damaged for what is none, and LimitReached. */
export function readShellLink(bytes: Buffer, budget: Budget): ShellLink {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 20).equals(CLASS)) throw new Damaged('no shell link')
  const flags = u32(bytes, 20)
  const damage: string[] = []
  const rest = new Rest(bytes, budget, damage)
  const items = flags & HAS_ITEMS ? rest.items() : []
  const info = flags & HAS_INFO ? rest.info() : undefined
  const texts = rest.texts(flags)
  const extra = rest.extra()
  return {
    flags,
    attributes: u32(bytes, 24),
    ...timeAt(bytes, 28, 'creationTime'),
    ...timeAt(bytes, 36, 'accessTime'),
    ...timeAt(bytes, 44, 'writeTime'),
    fileSize: u32(bytes, 52),
    iconIndex: bytes.readInt32LE(56),
    show: u32(bytes, 60) === 3 ? 'maximised' : u32(bytes, 60) === 7 ? 'minimised' : 'normal',
    items,
    ...(info && { info }),
    texts,
    ...(extra && { extra }),
    damage,
  }
}

function timeAt<K extends string>(bytes: Buffer, at: number, name: K): { [key in K]?: number } {
  const ticks = bytes.readBigUInt64LE(at)
  return (ticks === 0n ? {} : { [name]: Number(ticks / 10_000_000n) - SECONDS_TO_1970 }) as { [key in K]?: number }
}

/** What follows the header, each part behind the one before; a broken part ends the reading. */
class Rest {
  #at = HEADER_BYTES
  #broken = false
  readonly #bytes: Buffer
  readonly #budget: Budget
  readonly #damage: string[]

  constructor(bytes: Buffer, budget: Budget, damage: string[]) {
    this.#bytes = bytes
    this.#budget = budget
    this.#damage = damage
  }

  items(): LinkItem[] {
    return (
      this.#read(() => {
        const size = u16(this.#bytes, this.#at)
        const start = this.#at + 2
        this.#at = start + size
        return readLinkItems(this.#bytes.subarray(0, start + size), start, this.#budget)
      }) ?? []
    )
  }

  info(): LinkInfo | undefined {
    return this.#read(() => {
      const start = this.#at
      const size = u32(this.#bytes, start)
      if (start + size > this.#bytes.length) throw new Damaged(`link information of ${size} bytes does not fit`)
      this.#at = start + size
      return readLinkInfo(this.#bytes.subarray(start, start + size))
    })
  }

  texts(flags: number): LinkTexts {
    const found: Record<string, LinkText> = {}
    for (const [name, flag] of TEXTS) {
      if (!(flags & flag)) continue
      const text = this.#read(() => this.#text((flags & UNICODE) !== 0, name === 'arguments' ? 0xffff : LONGEST_TEXT))
      if (text) found[name] = text
    }
    return found
  }

  extra(): LinkExtra | undefined {
    return this.#read(() => readExtraData(this.#bytes, this.#at, this.#budget))
  }

  #text(wide: boolean, longest: number): LinkText {
    this.#budget.step()
    const offset = this.#at + 2
    const length = Math.min(u16(this.#bytes, this.#at), longest) * (wide ? 2 : 1)
    if (offset + length > this.#bytes.length) throw new Damaged(`a text of ${length} bytes at ${offset} does not fit`)
    this.#at = offset + length
    return { offset, value: wide ? utf16(this.#bytes, offset, offset + length) : this.#bytes.toString('latin1', offset, offset + length) }
  }

  #read<T>(work: () => T): T | undefined {
    if (this.#broken) return undefined
    try {
      return work()
    } catch (error) {
      if (error instanceof LimitReached || !(error instanceof Damaged)) throw error
      this.#broken = true
      this.#damage.push(error.message)
      return undefined
    }
  }
}
