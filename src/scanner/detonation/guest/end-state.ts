import type { EndState, HappeningOf } from '../contract.ts'

/** What is known of how a detonation ended. */
export interface Ending {
  /** The agent or the trace was lost, and how. */
  readonly silence?: { readonly of: 'agent' | 'trace'; readonly why: string } | undefined
  /** It was ended from outside: by a limit, or because the caller gave it up. */
  readonly ended?: string | undefined
  /** The first fault of a process of the viewer. */
  readonly fault?: HappeningOf<'fault'> | undefined
  /** Why the viewer was asked to close, and whether because its time was over. */
  readonly closed?: { readonly why: string; readonly capped: boolean } | undefined
  /** What the agent said at its end; absent where it said nothing. */
  readonly said?: EndState | undefined
  /** Pictures of pages that were received. */
  readonly pictures: number
}

/**
 * The one end state of a detonation. A guest may make its own end look worse and never better: what the host and the kernel saw stands above what it says,
 * and `rendered` needs a page that was seen.
 */
export function endStateOf(ending: Ending): { end: EndState; why: string } {
  const { silence, ended, fault, closed, said, pictures } = ending
  if (silence) return { end: 'agent-silenced', why: `the ${silence.of} was lost: ${silence.why}` }
  if (ended !== undefined) return { end: 'killed', why: ended }
  if (fault) return { end: 'crashed', why: `${fault.image || 'the viewer'} was ended by ${fault.signal}` }
  if (said === 'crashed') return { end: 'crashed', why: 'the viewer was ended by a fault' }
  if (closed?.capped) return { end: 'hung', why: closed.why }
  if (said === 'killed') return { end: 'killed', why: 'the viewer was killed: it took more memory than there is, or another process ended it' }
  if (said === 'agent-silenced') return { end: 'agent-silenced', why: 'the agent said so itself' }
  if (said === undefined) return { end: 'hung', why: 'the viewer did not close the document in time' }
  if (said === 'hung') return { end: 'hung', why: 'the viewer did not answer' }
  const why = closed?.why ?? 'the agent said that all was done'
  return said === 'rendered' && pictures > 0 ? { end: 'rendered', why } : { end: 'idle', why }
}
