import { crc32 } from 'node:zlib'
import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import type { ArchiveKeys } from './archive-keys.ts'
import type { Archive, ArchiveEntry } from './archive.ts'
import { decryptRar5, type RarLock } from './rar5-lock.ts'
import { Rar3Unpacker } from './rar3-unpack.ts'
import { Rar5Unpacker } from './rar5-unpack.ts'

/** A stream that an archive writes beside a file of NTFS: its name, as it stands in the archive. */
export interface SideStream {
  readonly offset: number
  readonly name: string
}

export interface RarArchive extends Archive {
  readonly streams: readonly SideStream[]
}

export interface RarFile {
  readonly name: string
  readonly at: number
  readonly data: Buffer
  /** How long it is unpacked. */
  readonly size: number
  /** By which version of the packing it is packed; `other` for those before 2.9 and after 5. */
  readonly packing: 'stored' | '3' | '5' | 'other'
  /** Packed together with the files before it. */
  readonly solid: boolean
  readonly encrypted: boolean
  /** How it is encrypted, where that is known. */
  readonly lock?: RarLock
  /** Only a part of it lies in this volume. */
  readonly split: boolean
  /** Check sum of what it unpacks to, where its header says it. */
  readonly crc?: number
}

/** The files of one archive, which unpack in their order. */
export class RarFiles {
  /** What is broken, each once; it grows while files are read. */
  readonly damage = new Set<string>()
  readonly #budget: Budget
  readonly #keys: ArchiveKeys
  readonly #files: RarFile[] = []
  readonly #unpackers: { readonly 3: Rar3Unpacker; readonly 5: Rar5Unpacker }
  /** The first file that was not unpacked yet; those before it are in the window of their unpacker, or cannot be read. */
  #next = 0
  #broken = false

  constructor(budget: Budget, keys: ArchiveKeys) {
    this.#budget = budget
    this.#keys = keys
    this.#unpackers = { 3: new Rar3Unpacker(budget), 5: new Rar5Unpacker(budget) }
  }

  /** The entry of the next file: opened when it is read, the files that it is packed together with before it. */
  add(file: RarFile): ArchiveEntry {
    const { name, at: offset } = file
    const index = this.#files.push(file) - 1
    if (file.encrypted && !file.lock) return { name, offset, unread: { reason: 'encrypted', why: 'the file is encrypted' } }
    if (file.packing === 'other') return { name, offset, unread: { reason: 'unsupported', why: 'the packing of RAR is not opened' } }
    if (file.split && file.packing !== 'stored') return { name, offset, unread: { reason: 'unsupported', why: 'the file goes on in another volume' } }
    return { name, offset, read: () => this.#read(index) }
  }

  #read(index: number): Buffer | 'encrypted' {
    const file = this.#files[index]!
    if (file.packing === 'stored') return this.#stored(file)
    for (; this.#next < index; this.#next++) {
      const before = this.#files[this.#next]!
      // What nothing is packed together with need not be unpacked to come to the next.
      if (before.packing !== 'stored' && this.#chained(this.#next, index)) this.#quietly(before)
    }
    if (this.#next > index) throw new Damaged('the file was unpacked before')
    this.#next++
    return this.#unpack(file)
  }

  /** True where every packed file behind `from`, up to `to`, is packed together with those before it. */
  #chained(from: number, to: number): boolean {
    for (let i = from + 1; i <= to; i++) if (this.#files[i]!.packing !== 'stored' && !this.#files[i]!.solid) return false
    return true
  }

  #quietly(file: RarFile): void {
    try {
      this.#unpack(file)
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
    }
  }

  #stored(file: RarFile): Buffer | 'encrypted' {
    if (file.data.length === 0) throw new Damaged('the file is empty')
    const data = this.#plain(file)
    if (!data) return 'encrypted'
    this.#budget.takeBytes(data.length)
    return file.lock ? data.subarray(0, file.size) : data
  }

  #plain({ data, lock }: RarFile): Buffer | undefined {
    return lock ? decryptRar5(data, lock, this.#keys, this.#budget) : data
  }

  #unpack(file: RarFile): Buffer | 'encrypted' {
    if (!file.solid) this.#broken = false
    if (this.#broken) throw new Damaged('a file that it is packed together with could not be read')
    this.#broken = true
    if (file.split || file.packing === 'other' || (file.encrypted && !file.lock)) throw new Damaged('it could not be read')
    const packed = this.#plain(file)
    if (!packed) return 'encrypted'
    const data = this.#unpackers[file.packing === '3' ? 3 : 5].file(packed, file.size, file.solid)
    this.#broken = false
    // What differs is looked at all the same: a header that lies must not hide a file.
    if (file.crc !== undefined && !file.lock && crc32(data) !== file.crc) this.damage.add('a file has another check sum than its header says')
    if (Number.isFinite(file.size) && data.length < file.size) throw new Damaged('the packed data are cut off')
    return data
  }
}
