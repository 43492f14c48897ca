import type { Budget } from '#scanner/intake/limits.ts'
import { u16, u32, utf16 } from './bytes.ts'

/** A module as the `dir` stream lists it. */
export interface ListedModule {
  readonly name: string
  /** The stream that holds it. */
  readonly stream: string
  /** Where the compressed source starts in that stream; before it lies the performance cache with the p-code. */
  readonly offset: number
  /** `procedural` for a standard module; `class` for a document, class or designer module. */
  readonly kind: 'procedural' | 'class'
}

/** What the `dir` stream says of its project. */
export interface VbaDirectory {
  /** True where the project was saved by a 64-bit program: its p-code is laid out differently. */
  readonly wide: boolean
  readonly codePage: number
  readonly name: string
  /** Major and minor version, as `1769106437.10`. */
  readonly version: string
  /** Names of the libraries and projects that it refers to. */
  readonly references: readonly string[]
  readonly modules: readonly ListedModule[]
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

/** Decodes text of a code page; one that is not known is read as Windows-1252. */
export function decoder(codePage: number): (bytes: Buffer) => string {
  const text = new TextDecoder(CODE_PAGES[codePage] ?? 'windows-1252')
  return (bytes) => text.decode(bytes)
}

const RECORD = {
  system: 0x0001,
  codePage: 0x0003,
  projectName: 0x0004,
  projectVersion: 0x0009,
  referenceName: 0x0016,
  moduleName: 0x0019,
  moduleStream: 0x001a,
  moduleProcedural: 0x0021,
  moduleClass: 0x0022,
  referenceControl: 0x002f,
  moduleOffset: 0x0031,
  moduleStreamWide: 0x0032,
  moduleNameWide: 0x0047,
} as const

interface OpenModule {
  name: Buffer
  wideName: string
  stream: Buffer
  wide: string
  offset: number
  kind: ListedModule['kind']
}

/** Reads the unpacked `dir` stream (MS-OVBA 2.3.4.2). A stream that breaks off yields what came before. Throws LimitReached. */
export function readVbaDirectory(dir: Buffer, budget: Budget): VbaDirectory {
  const modules: OpenModule[] = []
  const references: Buffer[] = []
  let codePage = 1252
  let wide = false
  let name: Buffer = Buffer.alloc(0)
  let version = ''
  let before = 0
  let open: OpenModule | undefined
  for (let at = 0; at + 6 <= dir.length;) {
    budget.step()
    const id = u16(dir, at)
    // The version record states four bytes and has six (MS-OVBA 2.3.4.2.1.11).
    const size = id === RECORD.projectVersion ? 6 : u32(dir, at + 2)
    const data = dir.subarray(at + 6, at + 6 + size)
    if (id === RECORD.system && data.length === 4) wide = u32(data, 0) === 3
    else if (id === RECORD.codePage && size === 2 && data.length === 2) codePage = u16(data, 0)
    else if (id === RECORD.projectName) name = data
    else if (id === RECORD.projectVersion && data.length === 6) version = `${u32(data, 0)}.${u16(data, 4)}`
    // The name inside a control reference repeats the one before it (MS-OVBA 2.3.4.2.2.3).
    else if (id === RECORD.referenceName && before !== RECORD.referenceControl) references.push(data)
    else if (id === RECORD.moduleName) modules.push((open = { name: data, wideName: '', stream: Buffer.alloc(0), wide: '', offset: -1, kind: 'class' }))
    else if (open) takeModuleRecord(open, id, data)
    before = id
    at += 6 + size
  }
  const decode = decoder(codePage)
  return {
    wide,
    codePage,
    name: decode(name),
    version,
    references: references.map(decode),
    modules: modules.map((one) => ({ name: one.wideName || decode(one.name), stream: one.wide || decode(one.stream), offset: one.offset, kind: one.kind })),
  }
}

function takeModuleRecord(open: OpenModule, id: number, data: Buffer): void {
  if (id === RECORD.moduleStream) open.stream = data
  else if (id === RECORD.moduleStreamWide) open.wide = utf16(data)
  else if (id === RECORD.moduleNameWide) open.wideName = utf16(data)
  else if (id === RECORD.moduleOffset && data.length === 4) open.offset = u32(data, 0)
  else if (id === RECORD.moduleProcedural) open.kind = 'procedural'
  else if (id === RECORD.moduleClass) open.kind = 'class'
}
