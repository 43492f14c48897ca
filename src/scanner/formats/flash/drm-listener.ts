import type { Budget } from '#scanner/intake/limits.ts'
import type { Abc } from './abc.ts'
import { OP, readInstructions, type Instruction } from './instructions.ts'

/** A listener that is handed to the DRM manager of a media player and given up behind it. */
export interface DroppedListener {
  /** Where in the bytecode the manager takes it, and where null takes its place. */
  readonly takenAt: number
  readonly droppedAt: number
  /** The property or variable that held it. */
  readonly holder: string
  /** Calls of `connect` of a LocalConnection behind it: the second of the same name fails, and makes the player collect its garbage. */
  readonly connects: number
}

const LISTENER = 'DRMOperationCompleteListener'
/** Instructions between the manager and the call of its method. */
const NEAR = 12
/** As much of a method's code as is looked at. */
const LONGEST_CODE = 64 * 1024
const COERCIONS: ReadonlySet<number> = new Set([OP.coerce, OP.coerceAny, OP.asType])
const CALLS: ReadonlySet<number> = new Set([OP.callProperty, OP.callPropertyLex, OP.callPropertyVoid])

/** Whether a class of the bytecode listens for the end of an operation of DRM. */
export function hasDrmListener({ classes }: Abc): boolean {
  return classes.some(({ interfaces }) => interfaces.includes(LISTENER))
}

/** The first method that hands a listener to the DRM manager (`drmManager.initialize`) and gives it up. Throws LimitReached. */
export function readDroppedListener(abc: Abc, budget: Budget): DroppedListener | undefined {
  const { names } = abc
  if (!hasDrmListener(abc) || !names.includes('initialize') || !names.includes('drmManager')) return undefined
  for (const { offset, code } of abc.methods) {
    const all = readInstructions(code.subarray(0, LONGEST_CODE), budget)
    const taken = all.findIndex((one, i) => CALLS.has(one.code) && one.b === 1 && names[one.a] === 'initialize' && fromManager(all, i, names))
    const source = taken > 0 ? holderRead(all, taken, names) : undefined
    if (source === undefined) continue
    const dropped = all.findIndex((one, i) => i > taken && isDropped(all, i, one, source, names))
    if (dropped === -1) continue
    const connects = connectsBehind(all, dropped, names)
    return { takenAt: offset + all[taken]!.offset, droppedAt: offset + all[dropped]!.offset, holder: source, connects }
  }
  return undefined
}

function fromManager(all: readonly Instruction[], call: number, names: readonly string[]): boolean {
  return all.slice(Math.max(0, call - NEAR), call).some((one) => one.code === OP.getProperty && names[one.a] === 'drmManager')
}

/** Where the value in front of a call comes from: a property by its name, a slot or a variable by its number. */
function holderRead(all: readonly Instruction[], call: number, names: readonly string[]): string | undefined {
  let at = call - 1
  while (at > 0 && COERCIONS.has(all[at]!.code)) at--
  const one = all[at]!
  if (one.code === OP.getProperty || one.code === OP.getLex) return names[one.a] || undefined
  if (one.code === OP.getSlot) return `slot ${one.a}`
  if (one.code === OP.getLocal) return `variable ${one.a}`
  return one.code > OP.getLocal0 && one.code <= OP.getLocal3 ? `variable ${one.code - OP.getLocal0}` : undefined
}

function isDropped(all: readonly Instruction[], at: number, one: Instruction, holder: string, names: readonly string[]): boolean {
  if (one.code === OP.kill) return holder === `variable ${one.a}`
  let before = at - 1
  while (before > 0 && COERCIONS.has(all[before]!.code)) before--
  return all[before]!.code === OP.pushNull && holderWritten(one, names) === holder
}

function holderWritten(one: Instruction, names: readonly string[]): string | undefined {
  if (one.code === OP.setProperty || one.code === OP.initProperty) return names[one.a]
  if (one.code === OP.setSlot) return `slot ${one.a}`
  if (one.code === OP.setLocal) return `variable ${one.a}`
  return one.code >= OP.setLocal0 && one.code <= OP.setLocal3 ? `variable ${one.code - OP.setLocal0}` : undefined
}

/** How many new LocalConnections are connected behind an instruction. */
function connectsBehind(all: readonly Instruction[], from: number, names: readonly string[]): number {
  const behind = all.slice(from)
  const made = behind.filter((one) => one.code === OP.constructProperty && names[one.a] === 'LocalConnection').length
  return Math.min(made, behind.filter((one) => CALLS.has(one.code) && one.b === 1 && names[one.a] === 'connect').length)
}
