import { createHash } from 'node:crypto'
import type { Detonation, Happening, HappeningOf } from '../contract.ts'
import { findInput, type Controlled } from './input-bytes.ts'

type Fault = HappeningOf<'fault'>

/** What a fault was (scanner.md, section 15.4). */
export interface Crash {
  readonly signal: string
  readonly image: string
  /** Of the address at fault; `none`: the processor told no address, as for an abort, and no register holds one of the document's that would be such. */
  readonly address: 'null' | 'wild' | 'stack' | 'input-controlled' | 'none'
  readonly access: Fault['access']
  /** The instruction lay in no file that was loaded. Unknown where nobody looked: false. */
  readonly outside: boolean
  /** Values that stand in the document. */
  readonly controlled: readonly Controlled[]
  /** The C library found its heap or its stack damaged, in its words. */
  readonly damage: string | undefined
  /** Of the return addresses; the same for the same crash of another run. Undefined where there are none. */
  readonly stack: string | undefined
  /**
   * `control`: the document chooses where it writes or what it runs. `damage`: memory was damaged, without a sign that the document chooses how.
   * `crash`: anything else, such as a null read.
   */
  readonly shows: 'control' | 'damage' | 'crash'
}

/** Nobody maps the first pages, and a member of an object at null lies in them; or right below, for a negative one. */
const NULL_PAGES = 0x1_0000n
const STACK_NEAR = 1n << 20n
const MOST_DISPLACEMENT = 4096n
const FRAMES = 8
const MOST_REGISTERS = 40
/** Of a run; a viewer that is started again and again dies of the same. */
const MOST_FAULTS = 20
const DAMAGE =
  /\*\*\* stack smashing detected|(?:malloc|free|realloc|munmap_chunk|calloc|memalign)\(\): [a-z ,()<>:_-]{3,80}|double free or corruption|corrupted (?:double-linked list|size vs\. prev_size|unsorted chunks)|malloc_check_get_size|\*\*\* buffer overflow detected/i

/** Tells what a fault was. `inputs`: the document, and what its containers decode to. `damage`: what the viewer wrote when it ended. */
export function triage(fault: Fault, inputs: readonly Uint8Array[], said = ''): Crash {
  const registers = Object.fromEntries(Object.entries(fault.registers ?? {}).slice(0, MOST_REGISTERS))
  const values = Object.entries({
    ...registers,
    ...(fault.address && { address: fault.address }),
    ...(fault.instruction && { instruction: fault.instruction }),
  })
  const controlled = values.flatMap(([where, value]) => findInput(where, value, inputs) ?? [])
  const address = classOf(fault, controlled)
  const outside = fault.instruction !== undefined && fault.module === undefined && fault.registers !== undefined
  const damage = fault.signal === 'SIGABRT' ? DAMAGE.exec(said)?.[0] : undefined
  const crash = { signal: fault.signal, image: fault.image, address, access: fault.access, outside, controlled, damage, stack: stackHash(fault) }
  return { ...crash, shows: showsOf(crash) }
}

function showsOf({ address, access, outside, controlled, damage }: Omit<Crash, 'shows'>): Crash['shows'] {
  const runs = access === 'execute' && address === 'input-controlled'
  const jumped = outside && address !== 'null' && controlled.some((one) => one.in === 'instruction' || one.in === 'rip')
  if (runs || jumped || (access === 'write' && address === 'input-controlled')) return 'control'
  const wild = address === 'wild' && (access === 'write' || access === 'execute')
  return wild || address === 'input-controlled' || (outside && address === 'wild') || damage !== undefined ? 'damage' : 'crash'
}

function classOf(fault: Fault, controlled: readonly Controlled[]): Crash['address'] {
  if (fault.address === undefined) return fault.signal === 'SIGSEGV' && controlled.some(isNoAddress) ? 'input-controlled' : 'none'
  const address = BigInt(fault.address)
  if (address < NULL_PAGES || address >= (1n << 64n) - NULL_PAGES) return 'null'
  const direct = controlled.some((one) => one.in === 'address')
  // An address is most often a register and a small number, which the instruction adds.
  const by = controlled.some((one) => one.in !== 'instruction' && one.in !== 'address' && distance(BigInt(one.value), address) <= MOST_DISPLACEMENT)
  if (direct || by) return 'input-controlled'
  const top = fault.registers?.['rsp']
  return top !== undefined && distance(BigInt(top), address) <= STACK_NEAR ? 'stack' : 'wild'
}

/** A register holds what no address can be, whose bits from the 47th on are equal: reaching there is a fault for which the processor tells no address. */
function isNoAddress({ in: where, value }: Controlled): boolean {
  const top = BigInt(value) >> 47n
  return where !== 'instruction' && top !== 0n && top !== 0x1ffffn
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a
}

function stackHash({ stack }: Fault): string | undefined {
  if (!stack || stack.length === 0) return undefined
  return createHash('sha256')
    .update(JSON.stringify(stack.slice(0, FRAMES)))
    .digest('hex')
    .slice(0, 16)
}

/** Whether two runs ended by the same crash. */
export function sameCrash(a: Crash, b: Crash): boolean {
  const alike = a.signal === b.signal && a.address === b.address && a.access === b.access && a.shows === b.shows
  return alike && a.stack !== undefined && a.stack === b.stack
}

const HIGHER = { host: 2, kernel: 1, guest: 0 } as const

/**
 * The faults of a run, each once: what the trace and the collector of cores tell of one process is put together, and where they differ the higher rank is taken.
 * `places`: of the happenings.
 */
export function faultsOf(happenings: readonly Happening[]): { fault: Fault; places: number[] }[] {
  const faults = happenings.flatMap((one, place) => (one.kind === 'fault' ? [{ fault: one, place }] : []))
  return [...Map.groupBy(faults, ({ fault }) => `${fault.pid} ${fault.signal}`).values()].map((all) => {
    const upwards = [...all].sort((a, b) => HIGHER[a.fault.rank] - HIGHER[b.fault.rank])
    return { fault: Object.assign({}, ...upwards.map(({ fault }) => fault)) as Fault, places: all.map(({ place }) => place) }
  })
}

/** What the viewer wrote when it ended, as far as it was told. */
export function lastWords(happenings: readonly Happening[]): string {
  const said = happenings.flatMap((one) => (one.kind === 'viewer' && one.detail !== undefined ? [one.detail] : one.kind === 'dialog' ? [one.text] : []))
  return said.join('\n').slice(0, 100_000)
}

/** The crashes of a run. */
export function crashesOf({ happenings }: Pick<Detonation, 'happenings'>, inputs: readonly Uint8Array[]): Crash[] {
  const said = lastWords(happenings)
  return faultsOf(happenings)
    .filter(({ fault }) => fault.signal !== 'SIGSYS')
    .slice(0, MOST_FAULTS)
    .map(({ fault }) => triage(fault, inputs, said))
}

/** What the crashes of all runs of one document in one environment come to. */
export interface CrashAnswer {
  readonly crash: Crash
  /** The same crash ended two runs with the same options. */
  readonly repeated: boolean
  /** What a run with a checked heap adds. */
  readonly heap: 'damaged' | 'not damaged' | 'not tried'
  /** Only control that repeats supports `confirmed`. */
  readonly supports: 'confirmed' | 'memory-damage' | 'crash'
}

const GRAVITY = { control: 2, damage: 1, crash: 0 } as const

/** The gravest crash of runs of one document in one environment, a repeated one before one that was seen once; undefined where nothing crashed. */
export function judgeCrashes(runs: readonly Pick<Detonation, 'happenings' | 'options'>[], inputs: readonly Uint8Array[]): CrashAnswer | undefined {
  const all = runs.flatMap((run, index) => crashesOf(run, inputs).map((crash) => ({ crash, run, index })))
  const checked = runs.filter(({ options }) => options.checkHeap)
  // A checked heap aborts where it is damaged: an abort that only checked runs have is that, also where nobody heard the words.
  const aborts = (checkHeap: boolean): boolean => all.some(({ crash, run }) => run.options.checkHeap === checkHeap && crash.signal === 'SIGABRT')
  const onlyChecked = checked.length < runs.length && aborts(true) && !aborts(false)
  const damaged = onlyChecked || all.some(({ crash, run }) => run.options.checkHeap && crash.damage !== undefined)
  const heap = damaged ? 'damaged' : checked.length > 0 ? 'not damaged' : 'not tried'
  const answers = all.map(({ crash, run, index }): CrashAnswer => {
    const repeated = all.some((other) => other.index !== index && sameOptions(other.run.options, run.options) && sameCrash(other.crash, crash))
    const supports = crash.shows === 'control' && repeated ? 'confirmed' : crash.shows === 'crash' && !damaged ? 'crash' : 'memory-damage'
    return { crash, repeated, heap, supports }
  })
  return answers.sort((a, b) => rankOf(b) - rankOf(a))[0]
}

function rankOf({ crash, repeated, supports }: CrashAnswer): number {
  return (supports === 'confirmed' ? 10 : 0) + GRAVITY[crash.shows] * 2 + (repeated ? 1 : 0)
}

function sameOptions(a: Detonation['options'], b: Detonation['options']): boolean {
  return a.macros === b.macros && a.egress === b.egress && a.checkHeap === b.checkHeap
}

const ADDRESSES: Readonly<Record<Crash['address'], string>> = {
  null: 'next to null',
  wild: 'at an address where nothing lies',
  stack: 'at the end of the stack',
  'input-controlled': 'at an address that stands in the document',
  none: '',
}
const ACCESSES = { read: 'read', write: 'write', execute: 'jump' } as const

/** A crash in one sentence. */
export function sayCrash({ signal, access, address, outside, controlled, damage }: Crash): string {
  const what = access === undefined ? signal : `${signal}: a ${ACCESSES[access]} ${ADDRESSES[address]}`.trimEnd()
  const more = [
    ...(outside ? ['the instruction lies in no file'] : []),
    ...(damage === undefined ? [] : [`the C library says "${damage}"`]),
    ...(controlled.length > 0 ? [`bytes of the document in ${[...new Set(controlled.map((one) => one.in))].join(', ')}`] : []),
  ]
  return `The viewer crashed (${[what, ...more].join('; ')}).`
}
