import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import type { Cfb, CfbEntry } from './cfb.ts'
import { unpackVba } from './ovba.ts'
import { decoder, readVbaDirectory, type ListedModule, type VbaDirectory } from './vba-directory.ts'
import { readForms, type VbaForm } from './vba-forms.ts'
import { readPcodeProject, type PcodeProject } from './vba-names.ts'
import { readPcode, type Pcode } from './vba-pcode.ts'
import { readProtection, type VbaProtection } from './vba-protection.ts'

export interface VbaModule {
  readonly name: string
  readonly kind: ListedModule['kind']
  /** Where the compressed source starts in the module's stream. */
  readonly offset: number
  /** Empty where the stream holds p-code without source. */
  readonly source: string
  /** The compiled form, where the stream keeps one. */
  readonly pcode?: Pcode
  /** Names from the compound file's root to the stream. */
  readonly path: readonly string[]
}

export interface VbaProject {
  readonly path: readonly string[]
  /** What its directory says; undefined where that cannot be read. */
  readonly directory?: VbaDirectory
  /** In the order of the directory, then those that it does not list. */
  readonly modules: readonly VbaModule[]
  readonly forms: readonly VbaForm[]
  readonly protection: VbaProtection
  /** Modules or directories that could not be read, each with why. */
  readonly damage: readonly string[]
}

/** Documents have one, some a few. */
const MOST_PROJECTS = 64

/** Every VBA project of a compound file: a storage with a stream `dir` beside module streams (MS-OVBA 2.2.1). Throws LimitReached. */
export function readVbaProjects(cfb: Cfb, budget: Budget): VbaProject[] {
  const key = (path: readonly string[]) => path.slice(0, -1).join('\0').toLowerCase()
  const streams = cfb.entries.filter(({ kind }) => kind === 'stream')
  const homes = new Set(streams.filter(({ name }) => ['dir', '_vba_project'].includes(name.toLowerCase())).map(({ path }) => key(path)))
  if (homes.size === 0) return []
  const byHome = Map.groupBy(streams, ({ path }) => key(path))
  const projects = [...homes].slice(0, MOST_PROJECTS).map((home) => readProject(cfb, byHome.get(home) ?? [], budget))
  const last = projects.at(-1)
  return homes.size > MOST_PROJECTS && last
    ? [...projects.slice(0, -1), { ...last, damage: [...last.damage, `more than ${MOST_PROJECTS} projects`] }]
    : projects
}

function readProject(cfb: Cfb, streams: readonly CfbEntry[], budget: Budget): VbaProject {
  const damage: string[] = []
  const path = streams[0]?.path.slice(0, -1) ?? []
  const named = (name: string) => streams.find((stream) => stream.name.toLowerCase() === name)
  const dirStream = named('dir')
  const directory = dirStream && attempt(() => readVbaDirectory(unpackVba(cfb.read(dirStream), budget), budget), { damage, what: 'dir', budget })
  if (!dirStream) damage.push('dir: missing')
  const decode = decoder(directory?.codePage ?? 1252)
  const cache = named('_vba_project')
  // The cache belongs to one version of one program: where it cannot be read there is no p-code to compare, and the source still counts.
  const pcode =
    cache &&
    directory &&
    attempt(() => readPcodeProject(cfb.read(cache), { wide: directory.wide, decode }, budget), { damage: [], what: '_VBA_PROJECT', budget })
  const modules = readModules({ cfb, streams, directory, pcode, decode, damage, budget })
  const above = path.slice(0, -1)
  const forms = attempt(() => readForms(cfb, above, budget), { damage, what: 'forms', budget }) ?? []
  const protection = attempt(() => readProtection(cfb, above), { damage: [], what: 'PROJECT', budget }) ?? 'none'
  return { path, ...(directory && { directory }), modules, forms, protection, damage }
}

interface ModuleSource {
  readonly cfb: Cfb
  readonly streams: readonly CfbEntry[]
  readonly directory: VbaDirectory | undefined
  readonly pcode: PcodeProject | undefined
  readonly decode: (bytes: Buffer) => string
  readonly damage: string[]
  readonly budget: Budget
}

function readModules({ cfb, streams, directory, pcode, decode, damage, budget }: ModuleSource): VbaModule[] {
  const places = new Map((directory?.modules ?? []).map((module, place) => [module.stream.toLowerCase(), { module, place }]))
  const found: { place: number; module: VbaModule }[] = []
  for (const stream of streams) {
    const lower = stream.name.toLowerCase()
    if (lower === 'dir' || lower === '_vba_project' || lower.startsWith('__srp_')) continue
    const listed = places.get(lower)
    places.delete(lower)
    const module = attempt(() => readModule(cfb.read(stream), listed?.module.offset, { pcode, budget, damage, name: stream.name }), {
      damage,
      what: stream.name,
      budget,
    })
    if (!module) continue
    const { source, ...rest } = module
    const name = listed?.module.name || stream.name
    found.push({ place: listed?.place ?? Infinity, module: { name, kind: listed?.module.kind ?? 'class', source: decode(source), ...rest, path: stream.path } })
  }
  for (const { module } of places.values()) damage.push(`${module.stream}: the stream is missing`)
  return found.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0)).map(({ module }) => module)
}

interface ModuleReading {
  readonly pcode: PcodeProject | undefined
  readonly budget: Budget
  readonly damage: string[]
  readonly name: string
}

/** Source and p-code. Source that is gone or broken beside p-code is what hides it: both are told. */
function readModule(
  bytes: Buffer,
  stated: number | undefined,
  { pcode, budget, damage, name }: ModuleReading,
): { offset: number; source: Buffer; pcode?: Pcode } | undefined {
  const offset = sourceOffset(bytes, stated)
  const code = pcode && readPcode(bytes.subarray(0, offset ?? bytes.length), pcode, budget)
  const source = offset === undefined ? undefined : attempt(() => unpackVba(bytes.subarray(offset), budget), { damage, what: name, budget })
  if (!source && stated === undefined) return undefined
  if (offset === undefined && !code) throw new Damaged('the source is missing')
  return { offset: offset ?? bytes.length, source: source ?? Buffer.alloc(0), ...(code && { pcode: code }) }
}

/** The stated offset, otherwise the place where a container that starts with "Attribut" is found. */
function sourceOffset(bytes: Buffer, stated: number | undefined): number | undefined {
  if (stated !== undefined && bytes[stated] === 1) return stated
  const mark = bytes.indexOf('\0Attribut', 0, 'latin1')
  return mark >= 3 && bytes[mark - 3] === 1 ? mark - 3 : undefined
}

/** What cannot be read, or would take more than one object may, is said, and ends nothing else. */
function attempt<T>(read: () => T, { damage, what, budget }: { damage: string[]; what: string; budget: Budget }): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Damaged) && !(error instanceof LimitReached && !budget.isSpent(error.limit))) throw error
    damage.push(`${what}: ${error.message}`)
    return undefined
  }
}
