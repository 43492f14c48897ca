import type { EndState, Environment, Rank, Viewer } from '#scanner/detonation/contract.ts'
import { upstreamVersion } from '#scanner/detonation/signals/debian-version.ts'
import type { Tone } from '../ui/state-mark.tsx'
import type { RunView, SignalView } from './detonations.ts'

/** Viewers as people call them; undefined for what is none of ours. */
export const VIEWERS: Readonly<Record<Viewer, string | undefined>> = {
  libreoffice: 'LibreOffice',
  poppler: 'Poppler',
  mupdf: 'MuPDF',
  chromium: 'Chromium',
  other: undefined,
}

/** The viewer as people call it; the environment's name where it is none of ours. */
export function viewerName({ viewer, name }: Pick<Environment, 'viewer' | 'name'>): string {
  return VIEWERS[viewer] ?? name
}

/** `LibreOffice 7.4.7`. */
export function viewerWords(environment: Environment): string {
  return `${viewerName(environment)} ${versionWords(environment)}`
}

export function versionWords({ version }: Environment): string {
  return upstreamVersion(version)
}

/** How it was opened: what distinguishes a run from its neighbours. */
export function optionWords(run: Pick<RunView, 'environment' | 'options' | 'run'>): string {
  return partsOf(run).join(', ') || 'first run'
}

/** `LibreOffice 7.4.7, macros on`. */
export function runTitle(run: Pick<RunView, 'environment' | 'options' | 'run'>): string {
  return [viewerWords(run.environment), ...partsOf(run)].join(', ')
}

function partsOf({ environment, options, run }: Pick<RunView, 'environment' | 'options' | 'run'>): string[] {
  const hasMacros = environment.viewer === 'libreoffice' || environment.viewer === 'other'
  return [
    hasMacros ? (options.macros ? 'macros on' : 'macros off') : '',
    options.checkHeap ? 'heap checked' : '',
    options.egress === 'none' ? '' : EGRESS[options.egress],
    run === 2 ? 'once more' : '',
  ].filter(Boolean)
}

const EGRESS = { simulated: 'network simulated', direct: 'network through the proxy', upstream: 'network through the upstream proxy' } as const

const WAITS = { machine: 'Waits for a machine', memory: 'Waits for memory', environment: 'Waits for a worker with it' } as const

const ENDS: Readonly<Record<EndState, string>> = {
  rendered: 'Rendered',
  idle: 'Idle',
  crashed: 'Crashed',
  hung: 'Hung',
  killed: 'Killed',
  'agent-silenced': 'Agent silenced',
}

/** What each end state says about the document. */
export const END_MEANINGS: Readonly<Record<EndState, string>> = {
  rendered: 'The viewer showed it to its end.',
  idle: 'The viewer had nothing more to do.',
  crashed: 'The viewer crashed: what was not seen by then says nothing.',
  hung: 'The viewer did not come to an end in its time: what was not seen says nothing.',
  killed: 'It was ended from outside: what was not seen says nothing.',
  'agent-silenced': 'The agent inside fell silent, which is a finding: what was not seen says nothing.',
}

/** How far a run is, or how it ended. */
export function runWords({ state, end, waitsFor }: Pick<RunView, 'state' | 'end' | 'waitsFor'>): string {
  if (state === 'queued') return waitsFor === null ? 'Waits for its turn' : WAITS[waitsFor]
  if (state === 'running') return waitsFor === null ? 'Is open now' : WAITS[waitsFor]
  if (state === 'failed') return 'Not opened'
  return end === null ? 'Held back' : ENDS[end]
}

export function runTone({ state, end }: Pick<RunView, 'state' | 'end'>): Tone {
  if (state === 'queued' || state === 'running') return 'waiting'
  if (state === 'failed') return 'off'
  return end === 'rendered' || end === 'idle' ? 'on' : end === null ? 'plain' : 'bad'
}

export const RANKS: Readonly<Record<Rank, { readonly name: string; readonly meaning: string }>> = {
  host: { name: 'Host', meaning: 'seen from outside of the machine, where nothing inside can lie' },
  kernel: { name: 'Kernel', meaning: 'told by the kernel of the guest while it happened' },
  guest: { name: 'Guest', meaning: 'told by a program inside the guest, which an exploit may have taken over' },
}

export const WEIGHTS: Readonly<Record<SignalView['weight'], { readonly name: string; readonly meaning: string }>> = {
  effect: { name: 'Effect', meaning: 'what only an exploit does' },
  crash: { name: 'Crash', meaning: 'a fault that may be an exploit' },
  active: { name: 'Active', meaning: 'content acted, by what the viewer offers' },
  odd: { name: 'Odd', meaning: 'worth knowing; changes no verdict' },
}

/** `12.345 s`: seconds since the document was handed over. */
export function seconds(t: number): string {
  return `${t.toFixed(3)}\u00a0s`
}

export function dwellWords(ms: number): string {
  return `${(ms / 1000).toFixed(1)}\u00a0s`
}
