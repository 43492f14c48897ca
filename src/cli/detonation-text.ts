import { printable } from '#scanner/formats/bytes.ts'
import type { Detonation, Happening, Signal } from '#scanner/detonation/contract.ts'
import { refusalOf, supportsNotSeen } from '#scanner/detonation/signals/differential.ts'

const COLUMN = 16
const MOST_LINES = 20
const ORDER: readonly Signal['weight'][] = ['effect', 'crash', 'active', 'odd']

/** What one detonation showed, as sentences; `--json` has all of it. */
export function detonationText(subject: string, seen: Detonation): string {
  const { environment, end, why_ended: why, dwell_ms: dwell, signals, not_watched: unwatched, machine } = seen
  const sorted = signals.toSorted((a, b) => ORDER.indexOf(a.weight) - ORDER.indexOf(b.weight))
  const accelerator = machine ? `, ${machine.accelerator === 'kvm' ? 'KVM' : 'emulation'}` : ''
  const lines = [
    `${end.padEnd(COLUMN)}${printable(subject, 4096)} in ${environment.name} (${printable(environment.version, 100)}, ${printable(environment.os, 100)}${accelerator})`,
    detail('', `${printable(why, 500)}, after ${(dwell / 1000).toFixed(1)} s`),
    ...sorted.slice(0, MOST_LINES).map((one) => detail(one.weight, `${one.why} (${one.id}, seen by the ${one.rank})`)),
    ...(sorted.length > MOST_LINES ? [detail('', `and ${sorted.length - MOST_LINES} more signals`)] : []),
    ...unwatched.slice(0, MOST_LINES).map(({ what, why: reason }) => detail('not watched', `${printable(what, 200)}: ${printable(reason, 300)}`)),
    '',
    summary(seen),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

const detail = (head: string, text: string) => `  ${head.padEnd(COLUMN - 2)}${printable(text, 1200)}`

/** Never that a document is harmless: what was not seen is said of the environment alone. */
function summary(seen: Detonation): string {
  const { name, version } = seen.environment
  const where = `${name} (${printable(version, 100)})`
  if (seen.signals.some(({ weight }) => weight === 'effect')) return `Something that only an exploit or a program does was seen in ${where}.`
  if (seen.signals.some(({ weight }) => weight === 'crash')) return `A crash was seen in ${where}.`
  if (seen.signals.some(({ weight }) => weight === 'active')) return `Content acted in ${where}.`
  if (!openedToItsEnd(seen)) return `${whyNothingSaid(seen)} in ${where}: that nothing was seen says nothing.`
  return `Nothing that an exploit does was seen in ${where}.`
}

type Ended = Pick<Detonation, 'end' | 'happenings' | 'signals'>

function whyNothingSaid(seen: Ended): string {
  if (seen.end !== 'rendered' && seen.end !== 'idle') return 'It was not opened to its end'
  const refusal = refusalOf(seen)
  return refusal === undefined ? 'Not all that happened was seen' : `It was not opened (${printable(refusal, 300)})`
}

/** Whether the viewer did with it what it does with any document, and all of that was watched. */
export function openedToItsEnd(seen: Ended): boolean {
  return supportsNotSeen(seen)
}

/** Whether something was seen that a document should not do. */
export function showsSomething({ signals }: Pick<Detonation, 'signals'>): boolean {
  return signals.some(({ weight }) => weight !== 'odd')
}

/** What a person who waits is told while it happens; undefined for what only a report is for. */
export function progressLine(happening: Happening): string | undefined {
  const at = `${happening.t.toFixed(1).padStart(6)} s  `
  switch (happening.kind) {
    case 'viewer':
      return `${at}${happening.state}${happening.detail === undefined ? '' : `: ${printable(happening.detail, 200)}`}`
    case 'picture':
      return `${at}${happening.of} ${happening.number} shown`
    case 'fault':
      return `${at}fault ${printable(happening.signal, 20)} in ${printable(happening.image, 200)}`
    case 'silence':
      return `${at}the ${happening.of} is lost: ${printable(happening.detail, 200)}`
    case 'dialog':
      return `${at}dialog: ${printable(happening.text, 200)}`
    default:
      return undefined
  }
}
