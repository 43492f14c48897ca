import type { EndState, Environment, Signal } from '#scanner/detonation/contract.ts'
import type { Job } from '#scanner/detonation/sandbox.ts'
import type { JoinedReport } from '#scanner/verdict/contract.ts'

/** An inert document or page that does one thing, and the signal that must tell of it. */
export interface Trigger {
  /** What it does, in a few words. */
  readonly name: string
  /** Whose environments open it; `other` is the faulty viewer of `test/guest`. */
  readonly viewer: Environment['viewer']
  /** The document, or the address of a page; a page that a stand-in serves is given by the runner. */
  subject(): Promise<Job['subject']> | Job['subject']
  readonly options?: Partial<Job['options']>
  /** Signals that must be there, by id, with their weight where that is what is tested. */
  readonly signals: readonly (Pick<Signal, 'id'> & Partial<Pick<Signal, 'weight'>>)[]
  readonly end?: EndState
  /** What the verdict says of an exploit once the runs that follow have ended, where that is what is tested. */
  readonly exploit?: JoinedReport['exploit']
  /** The same without the one thing: none of the signals may be there. */
  control?(): Promise<Job['subject']> | Job['subject']
}
