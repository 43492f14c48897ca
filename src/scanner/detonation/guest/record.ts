import { createHash } from 'node:crypto'
import type { Happening, Rank } from '../contract.ts'
import type { Artefact, Watcher } from '../sandbox.ts'
import type { GuestArtefact } from './messages.ts'

/** How much of one detonation is kept. The host's own readings have room that no guest can take. */
export interface RecordLimits {
  readonly happenings: Readonly<Record<Rank, number>>
  readonly pictures: number
  readonly artefactBytes: number
}

export const RECORD_LIMITS: RecordLimits = {
  // What the host reads after the run comes on top: all together fits into a report.
  happenings: { host: 100, kernel: 12_000, guest: 5_000 },
  pictures: 60,
  artefactBytes: 128 * 2 ** 20,
}

/** Keeps what one detonation showed, within limits: what is beyond them is counted. */
export class DetonationRecord {
  readonly #limits: RecordLimits
  readonly #watcher: Watcher
  readonly #happenings: Happening[] = []
  readonly #kept: Record<Rank, number> = { host: 0, kernel: 0, guest: 0 }
  readonly #dropped = new Map<string, number>()
  #pictures = 0
  #bytes = 0

  constructor(watcher: Watcher = {}, limits: RecordLimits = RECORD_LIMITS) {
    this.#watcher = watcher
    this.#limits = limits
  }

  get pictures(): number {
    return this.#pictures
  }

  tell(happening: Happening): void {
    const { rank } = happening
    if (this.#kept[rank] >= this.#limits.happenings[rank]) return this.#drop(happening.kind)
    this.#kept[rank]++
    this.#happenings.push(happening)
    this.#watcher.happening?.(happening)
  }

  /** Keeps bytes of the guest by their hash; what its picture shows and how large it is, is read from the picture itself. */
  take(artefact: GuestArtefact, bytes: Buffer): void {
    const { of, t } = artefact
    if (this.#bytes + bytes.length > this.#limits.artefactBytes) return this.#drop(`artefact: ${of}`)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (artefact.of === 'picture') {
      const size = pictureSize(bytes)
      if (!size || this.#pictures >= this.#limits.pictures) return this.#drop('picture')
      this.#pictures++
      this.tell({ kind: 'picture', of: artefact.shows, number: artefact.number, sha256, size: bytes.length, ...size, rank: 'guest', t })
    }
    if (artefact.of === 'file') this.tell({ kind: 'file', action: 'write', path: artefact.path, size: bytes.length, sha256, rank: 'guest', t })
    this.#bytes += bytes.length
    const kept: Artefact = { sha256, bytes }
    this.#watcher.artefact?.(kept)
  }

  /** All that was kept, in the order in which it came, and how much was not. */
  end(t: number): Happening[] {
    for (const [of, count] of this.#dropped) this.#happenings.push({ kind: 'dropped', of, count, rank: 'host', t })
    return this.#happenings
  }

  #drop(of: string): void {
    this.#dropped.set(of, (this.#dropped.get(of) ?? 0) + 1)
  }
}

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const MOST_SIDE = 20_000

/** Width and height of a PNG as its header has them (PNG specification, section 11.2.2); undefined for what is none. */
export function pictureSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < PNG.length + 8 || !bytes.subarray(0, PNG.length).equals(PNG)) return undefined
  const [width, height] = [bytes.readUInt32BE(PNG.length), bytes.readUInt32BE(PNG.length + 4)]
  return width > 0 && height > 0 && width <= MOST_SIDE && height <= MOST_SIDE ? { width, height } : undefined
}
