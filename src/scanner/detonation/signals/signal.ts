import { printable } from '#scanner/formats/bytes.ts'
import type { DetonationOptions, EndState, Environment, Happening, HappeningOf, Rank, Signal } from '../contract.ts'
import type { Ordinary } from './baseline.ts'

/** One run, as a signal judges it. */
export interface Run {
  readonly environment: Environment
  readonly options: DetonationOptions
  readonly end: EndState
  readonly happenings: readonly Happening[]
  readonly ordinary: Ordinary
  /** Of the document. */
  readonly sha256: string | undefined
}

/** A happening and its place in the run. */
export type Placed<H extends Happening = Happening> = H & { readonly place: number }

/** What a judge says; rank follows from what shows it. */
export interface Judged {
  readonly why: string
  readonly shownBy: readonly Placed[]
  /** Where it weighs less than the signal as a rule does. */
  readonly weight?: Signal['weight']
}

/** One thing that only content which acts, or an exploit, does. Pure. */
export interface Rule {
  readonly id: string
  /** What must be there. */
  readonly requires: readonly string[]
  /** ATT&CK technique ids. */
  readonly attack: readonly string[]
  readonly weight: Signal['weight']
  /** Where that is written. */
  readonly source: string
  judge(run: Run): Judged[]
}

const ORDER: readonly Rank[] = ['host', 'kernel', 'guest']

/** The signal of a rule; its rank is the highest of what shows it. */
export function signalOf({ id, attack, weight }: Rule, judged: Judged): Signal {
  const ranks = new Set(judged.shownBy.map(({ rank }) => rank))
  return {
    id,
    weight: judged.weight ?? weight,
    rank: ORDER.find((rank) => ranks.has(rank)) ?? 'guest',
    attack: [...attack],
    why: printable(judged.why, 1000),
    shown_by: [...new Set(judged.shownBy.map(({ place }) => place))].sort((a, b) => a - b).slice(0, 100),
  }
}

/** The happenings of a kind, with their places. */
export function of<K extends Happening['kind']>(run: Run, ...kinds: readonly K[]): Placed<HappeningOf<K>>[] {
  const wanted = new Set<string>(kinds)
  return run.happenings.flatMap((happening, place) => (wanted.has(happening.kind) ? [{ ...(happening as HappeningOf<K>), place }] : []))
}

/** The document itself, which the host finds on the disk because the agent laid it there. */
export function isDocument(file: HappeningOf<'file'>, { sha256 }: Run): boolean {
  return file.rank === 'host' && sha256 !== undefined && file.sha256 === sha256
}

/** One finding for each thing that is spoken of, whoever and how often it was told. */
export function perSubject<H extends Happening>(
  happenings: readonly Placed<H>[],
  subject: (happening: Placed<H>) => string,
  why: (first: Placed<H>, all: readonly Placed<H>[]) => string,
): Judged[] {
  return [...Map.groupBy(happenings, subject).values()].map((all) => ({ why: why(all[0]!, all), shownBy: all as unknown as readonly Placed[] }))
}

/** Text of the guest as a sentence shows it. */
export function quoted(text: string): string {
  return `"${printable(text, 200)}"`
}

/** The same for what only viewers in guests of others do as a rule: our own guests hold the viewer and nothing else. */
export function weighedElsewhere(judged: readonly Judged[], run: Run): Judged[] {
  return run.environment.driver === 'qemu' ? [...judged] : weighed(judged, run)
}

/** Without a learned baseline nothing says that it is out of the ordinary: then it is only worth knowing. */
export function weighed(judged: readonly Judged[], { ordinary }: Run): Judged[] {
  return judged.map((one) => (ordinary.learned ? one : { ...one, weight: 'odd' as const }))
}
