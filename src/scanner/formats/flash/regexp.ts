/** A regular expression that turns an option on, turns it off again and goes on with empty alternatives. */
export interface TurnedOption {
  readonly text: string
  /** Characters into the text at which the option is turned on, turned off, and the alternatives stand. */
  readonly on: number
  readonly off: number
  readonly alternatives: number
}

const LONGEST = 4096
const OPTIONS = 'imsxXUJ'

/** Looks in a text for `(?i)`, a `(?-i)` behind it and `||` behind that, with whatever other options beside. Linear. */
export function readTurnedOption(text: string): TurnedOption | undefined {
  const looked = text.slice(0, LONGEST)
  const alternatives = looked.lastIndexOf('||')
  let on = -1
  for (let at = looked.indexOf('(?'); at !== -1 && at < alternatives; at = looked.indexOf('(?', at + 2)) {
    const group = optionsAt(looked, at + 2)
    if (!group) continue
    const [turnedOn, turnedOff = ''] = group.split('-', 2)
    if (on !== -1 && turnedOff.includes('i')) return { text: looked, on, off: at, alternatives }
    if (on === -1 && turnedOn!.includes('i')) on = at
  }
  return undefined
}

function optionsAt(text: string, from: number): string | undefined {
  for (let at = from; at < from + 16; at++) {
    const c = text[at] ?? ''
    if (c === ')') return text.slice(from, at)
    if (c !== '-' && !(c !== '' && OPTIONS.includes(c))) return undefined
  }
  return undefined
}
