import type { Egress, Environment } from '#scanner/detonation/contract.ts'
import type { SubmissionOptions } from '#scanner/submissions/contract.ts'

/** How what is handed in is to be opened, as it is chosen. */
export interface Opening {
  readonly where: 'all' | 'named' | 'none'
  /** Names of environments, where they are chosen by name. */
  readonly named: readonly string[]
  readonly macros: 'both' | 'on' | 'off'
  readonly egress: Egress
  /** Empty: the bound of whatever opens it. */
  readonly mostSeconds: string
}

export const AS_USUAL: Opening = { where: 'all', named: [], macros: 'both', egress: 'none', mostSeconds: '' }

export const LEAST_SECONDS = 5
export const MOST_SECONDS = 300

/** The longest time in seconds; undefined where none is chosen, null where it is no such time. Pure. */
export function secondsOf({ mostSeconds }: Pick<Opening, 'mostSeconds'>): number | undefined | null {
  const text = mostSeconds.trim()
  if (text === '') return undefined
  const seconds = Number(text)
  return Number.isInteger(seconds) && seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS ? seconds : null
}

/** What keeps files from being handed in with this, in words. Pure. */
export function faultOf(opening: Opening): string | undefined {
  if (opening.where === 'named' && opening.named.length === 0) return 'Choose at least one environment, or the static scan alone.'
  if (secondsOf(opening) === null) return `The longest time is a whole number of seconds from ${LEAST_SECONDS} to ${MOST_SECONDS}.`
  return undefined
}

/** The options as the query of a submission says them; what is usual is left out. Pure. */
export function queryOf(opening: Opening): Readonly<Record<string, string>> {
  const { where, named, macros, egress } = opening
  if (where === 'none') return { environments: 'none' }
  const seconds = secondsOf(opening)
  return {
    ...(where === 'named' && { environments: named.join(',') }),
    ...(macros !== 'both' && { macros }),
    ...(egress !== 'none' && { egress }),
    ...(typeof seconds === 'number' && { mostSeconds: String(seconds) }),
  }
}

const MACROS = { both: 'macros on, and off where there is a reason', on: 'macros on', off: 'macros off' } as const
export const REACHES: Readonly<Record<Egress, string>> = {
  none: 'no network',
  simulated: 'a simulated network',
  direct: 'the real network, through the recording proxy',
  upstream: 'the real network, through the operator’s upstream proxy',
}

/** The choice in one sentence. Pure. */
export function openingWords(opening: Opening): string {
  const { where, named, macros, egress } = opening
  if (where === 'none') return 'Not opened: the static scan alone.'
  const places = where === 'all' ? 'every environment that opens its type' : named.length === 1 ? named[0]! : `${named.length} environments`
  const seconds = secondsOf(opening)
  return `Opened in ${places}; ${MACROS[macros]}; ${REACHES[egress]}${typeof seconds === 'number' ? `; for at most ${seconds} s` : ''}.`
}

/** What was wished for when a submission was handed in, in words; undefined where that was nothing. Pure. */
export function wishedWords({ environments, macros, egress, mostSeconds }: SubmissionOptions): string | undefined {
  if (environments?.length === 0) return 'The static scan alone'
  const parts = [
    environments && `in ${environments.join(', ')} alone`,
    macros && MACROS[macros],
    egress && REACHES[egress],
    mostSeconds !== undefined && `for at most ${mostSeconds} s`,
  ].filter(Boolean)
  return parts.length === 0 ? undefined : parts.join('; ')
}

/** Environments by their viewers, for a list to choose from. Pure. */
export function inOrder(environments: readonly Environment[]): Environment[] {
  return environments.toSorted((a, b) => a.line.localeCompare(b.line) || (a.age === b.age ? a.name.localeCompare(b.name) : a.age === 'current' ? -1 : 1))
}
