import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32 } from './bytes.ts'
import type { Cfb, CfbEntry } from './cfb.ts'
import { unpackVba } from './ovba.ts'

export interface VbaModule {
  readonly name: string
  /** Where the compressed source starts in the module's stream. */
  readonly offset: number
  readonly source: string
  /** Names from the compound file's root to the stream. */
  readonly path: readonly string[]
}

export interface VbaProject {
  readonly path: readonly string[]
  readonly modules: readonly VbaModule[]
  /** Modules or directories that could not be read, each with why. */
  readonly damage: readonly string[]
}

interface ModuleEntry {
  readonly stream: string
  readonly offset: number
}

const CODE_PAGES: Record<number, string> = {
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1250: 'windows-1250',
  1251: 'windows-1251',
  1253: 'windows-1253',
  1254: 'windows-1254',
  1255: 'windows-1255',
  1256: 'windows-1256',
  1257: 'windows-1257',
  1258: 'windows-1258',
  10000: 'macintosh',
  65001: 'utf-8',
}

/** Every VBA project of a compound file: a storage with a stream `dir` beside module streams (MS-OVBA 2.2.1). Throws LimitReached. */
export function readVbaProjects(cfb: Cfb, budget: Budget): VbaProject[] {
  const key = (path: readonly string[]) => path.slice(0, -1).join('\0').toLowerCase()
  const streams = cfb.entries.filter(({ kind }) => kind === 'stream')
  const homes = new Set(streams.filter(({ name }) => ['dir', '_vba_project'].includes(name.toLowerCase())).map(({ path }) => key(path)))
  if (homes.size === 0) return []
  const byHome = Map.groupBy(streams, ({ path }) => key(path))
  return [...homes].map((home) => readProject(cfb, byHome.get(home) ?? [], budget))
}

function readProject(cfb: Cfb, streams: readonly CfbEntry[], budget: Budget): VbaProject {
  const damage: string[] = []
  const path = streams[0]?.path.slice(0, -1) ?? []
  const dirStream = streams.find(({ name }) => name.toLowerCase() === 'dir')
  const directory = dirStream && attempt(() => readDirectory(unpackVba(cfb.read(dirStream), budget), budget), damage, 'dir')
  if (!dirStream) damage.push('dir: missing')
  const listed = new Map(directory?.modules.map((module) => [module.stream.toLowerCase(), module]))
  const decode = decoder(directory?.codePage ?? 1252)
  const modules: VbaModule[] = []
  for (const stream of streams) {
    const lower = stream.name.toLowerCase()
    if (lower === 'dir' || lower === '_vba_project' || lower.startsWith('__srp_')) continue
    const module = attempt(() => readModule(cfb.read(stream), listed.get(lower)?.offset, budget), damage, stream.name)
    if (module) modules.push({ name: stream.name, offset: module.offset, source: decode(module.source), path: stream.path })
    listed.delete(lower)
  }
  for (const { stream } of listed.values()) damage.push(`${stream}: the stream is missing`)
  return { path, modules, damage }
}

/** The source at the stated offset, otherwise at the place where a container that starts with "Attribut" is found. */
function readModule(bytes: Buffer, stated: number | undefined, budget: Budget): { offset: number; source: Buffer } | undefined {
  if (stated !== undefined && bytes[stated] === 1) return { offset: stated, source: unpackVba(bytes.subarray(stated), budget) }
  const mark = bytes.indexOf('\0Attribut', 0, 'latin1')
  if (mark >= 3 && bytes[mark - 3] === 1) return { offset: mark - 3, source: unpackVba(bytes.subarray(mark - 3), budget) }
  if (stated !== undefined) throw new Damaged('the source is missing')
  return undefined
}

/** The records of the dir stream (MS-OVBA 2.3.4.2): code page, and stream name and text offset of each module. */
function readDirectory(dir: Buffer, budget: Budget): { codePage: number; modules: ModuleEntry[] } {
  const modules: ModuleEntry[] = []
  let codePage = 1252
  let unicodeName = ''
  let mbcsName: Buffer | undefined
  for (let at = 0; at + 6 <= dir.length;) {
    budget.step()
    const id = u16(dir, at)
    // The version record states four bytes and has six (MS-OVBA 2.3.4.2.1.11).
    const size = id === 0x0009 ? 6 : u32(dir, at + 2)
    const data = dir.subarray(at + 6, at + 6 + size)
    if (id === 0x0003 && data.length >= 2) codePage = u16(data, 0)
    else if (id === 0x0019) unicodeName = ''
    else if (id === 0x001a) mbcsName = data
    else if (id === 0x0032) unicodeName = data.toString('utf16le')
    else if (id === 0x0031 && data.length >= 4) modules.push({ stream: unicodeName || decoder(codePage)(mbcsName ?? Buffer.alloc(0)), offset: u32(data, 0) })
    at += 6 + size
  }
  return { codePage, modules }
}

function decoder(codePage: number): (bytes: Buffer) => string {
  const text = new TextDecoder(CODE_PAGES[codePage] ?? 'windows-1252')
  return (bytes) => text.decode(bytes)
}

function attempt<T>(read: () => T, damage: string[], what: string): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof LimitReached || !(error instanceof Damaged)) throw error
    damage.push(`${what}: ${error.message}`)
    return undefined
  }
}
