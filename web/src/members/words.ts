import type { Tone } from '../ui/state-mark.tsx'
import type { Change, HeldView, Policy } from './members.ts'

export const TIER_NAMES: Readonly<Record<HeldView['tier'], string>> = { validate: 'Validate', advance: 'Advance', entry: 'Entry', responder: 'Responder' }
export const STATE_NAMES: Readonly<Record<HeldView['state'], string>> = { active: 'Active', paused: 'Paused', suspended: 'Suspended', terminated: 'Terminated' }
export const STATE_TONES: Readonly<Record<HeldView['state'], Tone>> = { active: 'on', paused: 'waiting', suspended: 'bad', terminated: 'off' }
export const KIND_NAMES: Readonly<Record<Change['kind'], string>> = {
  tier: 'Change of tier',
  suspend: 'Suspension',
  reinstate: 'Reinstatement',
  terminate: 'Termination',
  jurisdiction: 'Change of jurisdiction',
  renew: 'Renewal',
  review: 'Review',
  'review-decision': 'Decision of the review',
}
export const CHANGE_STATES: Readonly<Record<Change['state'], string>> = {
  waits: 'Waits for a second officer',
  done: 'Done',
  expired: 'Expired',
  closed: 'Refused',
}
export const CAUSES: Readonly<Record<NonNullable<Change['cause']>, string>> = {
  acquisition: 'Merged or acquired by a company that may not be eligible',
  reach: 'Protects fewer users than the programme asks for',
  'attack-tools': 'Sells attack tools',
}
const PART_NAMES: Readonly<Record<Policy['parts'][number], string>> = {
  existence: 'that there is a package',
  description: 'its generic description',
  bulletin: 'the bulletin',
  guidance: 'detection guidance',
  attachments: 'attachments',
  'proof-of-concept': 'proofs of concept',
  credit: 'who found it',
}

/** What a policy leaves of a package, as a sentence. */
export function policyWords({ parts, notBefore }: Pick<Policy, 'parts' | 'notBefore'>): string {
  const whole = parts.length === Object.keys(PART_NAMES).length
  const what = whole ? 'everything that the tier gives' : parts.map((part) => PART_NAMES[part]).join(', ')
  return `Leaves ${what}, ${notBefore === 'window' ? 'when the window of the tier opens' : 'with the release and not before'}.`
}

/** What a change does, in words: only what it changes. */
export function changeWords({ before, after, backAccess, cause }: Pick<Change, 'before' | 'after' | 'backAccess' | 'cause'>): string {
  const words = [
    cause && CAUSES[cause],
    before.tier !== after.tier && `Tier ${TIER_NAMES[before.tier]} to ${TIER_NAMES[after.tier]}`,
    before.state !== after.state && `${STATE_NAMES[before.state]} to ${STATE_NAMES[after.state].toLowerCase()}`,
    before.jurisdiction !== after.jurisdiction && `Policy ${before.jurisdiction ?? 'none'} to ${after.jurisdiction ?? 'none'}`,
    before.until !== after.until && `Lapses ${after.until?.slice(0, 10) ?? 'never'} instead of ${before.until?.slice(0, 10) ?? 'never'}`,
    backAccess && 'What opened meanwhile is given back',
  ].filter(Boolean)
  return words.length === 0 ? 'Nothing changes' : words.join('. ')
}
