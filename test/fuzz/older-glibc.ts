import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/**
 * The fuzzer's native part is built against glibc 2.38, of which it uses only `__isoc23_strtol` and `__isoc23_strtoul`: what `strtol` and
 * `strtoul` are called there. For an older glibc a copy is changed to ask for these by their old names, and no longer to insist on the version
 * (ELF: gABI, "Symbol Table"; LSB, "Symbol Versioning"). The package itself stays as it is.
 */
const NEW_PREFIX = '__isoc23_'
/** Of libstdc++ it needs only a symbol that nothing calls. */
const NEW_VERSIONS: readonly string[] = ['GLIBC_2.38', 'GLIBCXX_3.4.32']
const OLD_VERSION = 'GLIBC_2.2.5'
const SECTION = { dynsym: 11, versym: 0x6fffffff, verneed: 0x6ffffffe } as const
const SYMBOL_BYTES = 24
const WEAK = 2

interface Section {
  readonly offset: number
  readonly size: number
  readonly link: number
}

/** ELF64, little endian. */
export function forOlderGlibc(original: Buffer): Buffer {
  const elf = Buffer.from(original)
  const [headers, entry, count] = [Number(elf.readBigUInt64LE(0x28)), elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c)]
  const sectionAt = (index: number): Section & { readonly type: number } => {
    const at = headers + index * entry
    return {
      type: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 0x18)),
      size: Number(elf.readBigUInt64LE(at + 0x20)),
      link: elf.readUInt32LE(at + 0x28),
    }
  }
  const sections = Array.from({ length: count }, (_, index) => sectionAt(index))
  const sectionOf = (type: number) => sections.find((section) => section.type === type)
  const [symbols, versions, needs] = [sectionOf(SECTION.dynsym), sectionOf(SECTION.versym), sectionOf(SECTION.verneed)]
  if (!symbols || !versions || !needs) return elf
  const names = sections[symbols.link]!.offset
  const nameAt = (offset: number) => elf.toString('latin1', names + offset, elf.indexOf(0, names + offset))
  const indexes = weakenVersions(elf, needs, nameAt)
  if (!indexes) return elf
  for (let n = 0; n < symbols.size / SYMBOL_BYTES; n++) {
    const at = symbols.offset + n * SYMBOL_BYTES
    const name = elf.readUInt32LE(at)
    if (!nameAt(name).startsWith(NEW_PREFIX)) continue
    elf.writeUInt32LE(name + NEW_PREFIX.length, at)
    elf.writeUInt16LE(indexes.old, versions.offset + n * 2)
  }
  return elf
}

/** Makes the needed versions ones that may be absent; the index under which symbols name the old one. Undefined where the library does not need both. */
function weakenVersions(elf: Buffer, needs: Section, nameAt: (offset: number) => string): { readonly old: number } | undefined {
  let [old, found] = [0, false]
  for (let at = needs.offset, next = 1; next !== 0; at += next) {
    next = elf.readUInt32LE(at + 12)
    for (let one = at + elf.readUInt32LE(at + 8), left = elf.readUInt16LE(at + 2); left > 0; left--) {
      const version = nameAt(elf.readUInt32LE(one + 8))
      if (version === OLD_VERSION && nameAt(elf.readUInt32LE(at + 4)).startsWith('libc.so')) old = elf.readUInt16LE(one + 6)
      if (NEW_VERSIONS.includes(version)) {
        elf.writeUInt16LE(elf.readUInt16LE(one + 4) | WEAK, one + 4)
        found = true
      }
      one += elf.readUInt32LE(one + 12)
    }
  }
  return found && old > 0 ? { old } : undefined
}

/** From now on this process loads the fuzzer's native part so that it fits. */
export function loadOnOlderGlibc(): void {
  const load = process.dlopen.bind(process)
  process.dlopen = (module: object, path: string, ...flags: number[]) => {
    try {
      load(module, path, ...flags)
    } catch (error) {
      if (!(error instanceof Error) || !NEW_VERSIONS.some((version) => error.message.includes(version))) throw error
      const folder = mkdtempSync(join(tmpdir(), 'vedette-fuzzer-'))
      const copy = join(folder, basename(path))
      try {
        writeFileSync(copy, forOlderGlibc(readFileSync(path)))
        load(module, copy, ...flags)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  }
}
