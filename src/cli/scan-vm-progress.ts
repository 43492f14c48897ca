import type { OpeningWatch } from '#scanner/detonation/open-everywhere.ts'
import { hasMacros, type Planned } from '#scanner/detonation/plan.ts'
import { printable } from '#scanner/formats/bytes.ts'
import { openedToItsEnd, showsSomething } from '#cli/detonation-text.ts'

/** How far the opening of one file is, one line for each environment that begins or ends. */
export function watchFile(path: string, say: (text: string) => void): OpeningWatch {
  const counts = { planned: 0, ended: 0 }
  const name = printable(path, 300)
  const waiting = new Map<Planned, string>()
  return {
    planned: (plan) => {
      counts.planned += plan.length
    },
    begun: (planned) => say(`${name}: opening it in ${sayPlanned(planned)} ...`),
    waits: (planned, reason) => {
      if (waiting.get(planned) !== reason) say(`${name}: ${sayPlanned(planned)}: ${printable(reason, 300)}`)
      waiting.set(planned, reason)
    },
    ended: (planned, seen) => {
      counts.ended++
      const how = 'why' in seen ? `not opened: ${seen.why}` : `${seen.end} after ${(seen.dwell_ms / 1000).toFixed(1)} s, ${toldOf(seen)}`
      say(`${name}: ${counts.ended} of ${counts.planned}, ${sayPlanned(planned)}: ${printable(how, 400)}`)
    },
  }
}

function toldOf(seen: Parameters<typeof showsSomething>[0] & Parameters<typeof openedToItsEnd>[0]): string {
  if (showsSomething(seen)) return 'something was seen'
  return openedToItsEnd(seen) ? 'nothing seen' : 'which says nothing about it'
}

function sayPlanned({ environment, macros, checkHeap, run }: Planned): string {
  const more = [
    ...(hasMacros(environment) ? [macros ? 'macros on' : 'macros off'] : []),
    ...(checkHeap ? ['heap checked'] : []),
    ...(run === 2 ? ['again'] : []),
  ]
  return more.length === 0 ? environment.name : `${environment.name} (${more.join(', ')})`
}
