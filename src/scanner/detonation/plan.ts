import type { ScanReport } from '#scanner/verdict/contract.ts'
import type { Detonation, DetonationOptions, Environment, Signal, Viewer } from './contract.ts'

/** What a submitter asks for (submissions/contract.ts). */
export interface Asked {
  /** Names of environments; all that open the type unless said. */
  readonly environments?: readonly string[] | undefined
  /** `both` runs without macros too where there is a reason. */
  readonly macros?: 'both' | 'on' | 'off' | undefined
  readonly egress?: DetonationOptions['egress'] | undefined
}

/** One detonation that is to be. `run` 2 repeats what run 1 showed. */
export interface Planned extends Pick<DetonationOptions, 'macros' | 'egress' | 'checkHeap'> {
  readonly environment: Environment
  readonly run: 1 | 2
}

/** What the static scan says about a document, as far as it decides where it is opened. */
export interface Subject {
  readonly type: string
  /** The static scan found something that acts, or could not open all of it. */
  readonly reason: boolean
}

/** What a static scan says of where its document is opened. Pure. */
export function subjectOf({ type, outcome, verdict }: Pick<ScanReport, 'type' | 'outcome' | 'verdict'>): Subject {
  return { type, reason: verdict.exploit !== 'none-seen' || outcome !== 'complete' }
}

const WRITER = ['doc', 'docx', 'docm', 'dotx', 'dotm', 'word2', 'rtf', 'odt', 'hwp3']
const CALC = ['xls', 'xlsx', 'xlsm', 'xlsb', 'xltx', 'xltm', 'xlam', 'biff', 'ods', 'csv', 'slk']
const IMPRESS = ['ppt', 'pptx', 'pptm', 'ppsx', 'ppsm', 'potx', 'potm', 'odp', 'odg']
const VIEWERS: ReadonlyMap<string, readonly Viewer[]> = new Map<string, readonly Viewer[]>([
  ['pdf', ['poppler', 'mupdf', 'chromium']],
  ['html', ['chromium']],
  ['mhtml', ['chromium']],
  ['page', ['chromium']],
  ...[...WRITER, ...CALC, ...IMPRESS].map((type) => [type, ['libreoffice']] as const),
])

/** Whether there are viewers for this type at all. Pure. */
export function opensAnywhere(type: string): boolean {
  return VIEWERS.has(type)
}

/** Environments that open this type, of those at hand: ours by their viewer; a Windows guest or a CAPE by what its operator says. Pure. */
export function environmentsFor(type: string, environments: readonly Environment[]): Environment[] {
  const viewers = VIEWERS.get(type)
  if (viewers === undefined) return []
  return environments.filter((environment) => viewers.includes(environment.viewer) || (environment.viewer === 'other' && foreignOpens(environment, type)))
}

function foreignOpens({ opens, pages }: Environment, type: string): boolean {
  return type === 'page' ? pages === true : (opens?.includes(endingOf(type)) ?? true)
}

/** Environments each once, by their lines, the current one before the older. Pure. */
export function inOrder(environments: readonly Environment[]): Environment[] {
  const place = ({ line, age, name }: Environment) => `${line} ${age} ${name}`
  return [...new Map(environments.map((one) => [one.name, one])).values()].toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
}

/** What a guest knows a document as. Never by its name: that may tell of the victim, and the guest is hostile. Pure. */
export function documentName(type: string | null): string {
  return `document.${endingOf(type ?? 'unknown')}`
}

function endingOf(type: string): string {
  return ENDINGS.get(type) ?? type
}

/** Where the type is not what such files are called. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['word2', 'doc'],
  ['biff', 'xls'],
  ['hwp3', 'hwp'],
])

/**
 * The first detonations of a submission. The older environments always take part: an exploit of something that is fixed since shows itself in them alone,
 * so waiting for a reason from the current ones would miss just what the patch differential is for. Macros run first; a run without them costs as much
 * again and differs only where there is something that acts, so it is planned where the static scan gives a reason, or a run does (`planFurther`). Pure.
 */
export function planFirst(subject: Subject, environments: readonly Environment[], asked: Asked): Planned[] {
  const egress = asked.egress ?? 'none'
  return chosen(environmentsFor(subject.type, environments), asked).flatMap((environment) => {
    const plain = { environment, egress, checkHeap: false, run: 1 } as const
    const on = { ...plain, macros: true }
    const off = { ...plain, macros: false }
    if (!hasMacros(environment)) return [off]
    if (environment.macros !== undefined)
      return (asked.macros ?? 'both') === 'both' || asked.macros === environment.macros ? [environment.macros === 'on' ? on : off] : []
    if (asked.macros === 'on') return [on]
    if (asked.macros === 'off') return [off]
    return subject.reason && environment.age === 'current' ? [on, off] : [on]
  })
}

/**
 * What else has to be seen once the planned detonations have ended. Nothing is claimed of what was seen once, nor of what a macro may have done: so what
 * reacted with macros runs without them (an effect or a crash: in its sibling of the other age too, and whatever was asked for), what reacted in a run without them is repeated once
 * together with its sibling, and a crash of the current viewer runs with a heap that is checked as well. Ends, since each is run once. Pure.
 */
export function planFurther(ended: readonly Detonation[], asked: Asked): Planned[] {
  const have = new Set(ended.map((one) => keyOf({ ...one.options, environment: one.environment, run: 1 })))
  const further = ended.filter(({ options }) => !options.checkHeap).flatMap((one) => furtherOf(one, ended, asked))
  const fresh = further.filter((planned) => planned.run === 2 || !have.has(keyOf(planned)))
  return [...new Map(fresh.map((planned) => [keyOf(planned), planned])).values()]
}

function furtherOf(one: Detonation, ended: readonly Detonation[], asked: Asked): Planned[] {
  const { environment, signals } = one
  const { macros, egress } = one.options
  const reacted = shows(signals, 'effect', 'crash')
  if (!reacted && !shows(signals, 'active')) return []
  const plain = { egress, macros: false, checkHeap: false } as const
  const siblings = reacted ? ended.filter((it) => areSiblings(it, one)).map((it) => it.environment) : []
  if (macros && hasMacros(environment)) {
    const wanted = reacted || (asked.macros ?? 'both') === 'both' ? [environment, ...siblings] : []
    return wanted.filter((which) => which.macros !== 'on').map((which) => ({ ...plain, environment: which, run: 1 }))
  }
  if (!reacted) return []
  const again = [environment, ...siblings].map((which): Planned => ({ ...plain, macros, environment: which, run: 2 }))
  const checks = environment.age === 'current' && environment.driver === 'qemu' && shows(signals, 'crash')
  return checks ? [...again, { ...plain, macros, environment, checkHeap: true, run: 1 }] : again
}

/** Whether what was seen may become a zero-day candidate, so that its submitter is not shown it before it is decided. Pure. */
export function mayBeCandidate({ signals }: Pick<Detonation, 'signals'>): boolean {
  return shows(signals, 'effect', 'crash')
}

/** MiB that a machine of this environment takes here: next to nothing for one that runs elsewhere. Pure. */
export function memoryOf({ memory_mib: memoryMib = 1 }: Environment): number {
  return memoryMib
}

function shows(signals: readonly Signal[], ...weights: readonly Signal['weight'][]): boolean {
  return signals.some(({ weight }) => weights.includes(weight))
}

function areSiblings(a: Detonation, b: Detonation): boolean {
  return (
    a.environment.line === b.environment.line &&
    a.environment.viewer === b.environment.viewer &&
    a.environment.driver === b.environment.driver &&
    a.environment.age !== b.environment.age &&
    a.options.macros === b.options.macros &&
    !a.options.checkHeap
  )
}

function chosen(environments: readonly Environment[], { environments: names }: Asked): readonly Environment[] {
  return names === undefined ? environments : environments.filter(({ name }) => names.includes(name))
}

/** Whether macros of documents can run there at all. Pure. */
export function hasMacros({ viewer }: Environment): boolean {
  return viewer === 'libreoffice' || viewer === 'other'
}

/** Two that differ in nothing are one detonation. Pure. */
export function keyOf({ environment, macros, egress, checkHeap, run }: Planned): string {
  return [environment.name, macros, egress, checkHeap, run].join(' ')
}
