import type { IconName } from '../ui/icon.tsx'
import type { JoinedReport, ScanResult } from '#scanner/verdict/contract.ts'
import type { SubmissionView } from './submissions.ts'

export type VerdictTone = 'exploit' | 'technique' | 'none' | 'unknown'

export interface VerdictWords {
  readonly words: string
  readonly tone: VerdictTone
  readonly icon: IconName
}

const WORDS: Readonly<Record<NonNullable<SubmissionView['exploit']>, VerdictWords>> = {
  confirmed: { words: 'Exploit confirmed', tone: 'exploit', icon: 'warning' },
  attempted: { words: 'Exploit attempted', tone: 'exploit', icon: 'warning' },
  'technique-only': { words: 'Technique only', tone: 'technique', icon: 'flag' },
  'none-seen': { words: 'None seen', tone: 'none', icon: 'eye' },
}
const NONE_SEEN_IN_PART: VerdictWords = { ...WORDS['none-seen'], words: 'None seen, in part' }
const HELD_BACK: VerdictWords = { words: 'Held back', tone: 'unknown', icon: 'lock' }
const NONE_SEEN_YET: VerdictWords = { words: 'None seen yet', tone: 'unknown', icon: 'clock' }
const CRASHED: VerdictWords = { words: 'None proven, but it crashed', tone: 'technique', icon: 'warning' }
const NONE_YET: VerdictWords = { words: 'Not yet', tone: 'unknown', icon: 'clock' }
const NO_VERDICT: VerdictWords = { words: 'No verdict', tone: 'unknown', icon: 'question' }

/** What the verdict's words depend on. */
export type Judged = Pick<SubmissionView, 'exploit' | 'outcome' | 'state' | 'behaviour'>

/** The verdict in two or three words. What was not seen is never called clean: it was not seen in what was checked, and is no answer where more is held back. */
export function verdictWords({ exploit, outcome, state, behaviour }: Judged): VerdictWords {
  if (state === 'queued' || state === 'static' || (state === 'detonating' && exploit === null)) return NONE_YET
  if (exploit === null) return NO_VERDICT
  if (behaviour?.state === 'held' && isNegative(exploit)) return HELD_BACK
  if (exploit !== 'none-seen') return WORDS[exploit]
  if (state === 'detonating') return NONE_SEEN_YET
  return outcome !== 'complete' || behaviour?.state === 'in-part' ? NONE_SEEN_IN_PART : WORDS[exploit]
}

/** Whether it says that no exploit was seen. */
function isNegative(exploit: NonNullable<SubmissionView['exploit']>): exploit is keyof typeof OF_BYTES {
  return exploit === 'none-seen' || exploit === 'technique-only'
}

/** What environments showed, as far as the verdict's words depend on it. */
export type Showed = JoinedReport['environments'][number]['showed']

/** The verdict in words once what environments showed is known: a crash that proves nothing is no headline without it. */
export function joinedWords(submission: Judged, showed: readonly Showed[]): VerdictWords {
  return submission.exploit === 'none-seen' && showed.includes('crash') ? CRASHED : verdictWords(submission)
}

type Result = ScanResult & { readonly behaviour?: NonNullable<SubmissionView['behaviour']> }

/** The verdict in one sentence or two; `joined` is the one with what environments showed, where there is one. */
export function verdictSentence(result: Result, joined?: SubmissionView['exploit'], showed: readonly Showed[] = []): string {
  if (result.outcome === 'not-scanned') return 'There is no verdict: the file could not be examined.'
  const { verdict, outcome, behaviour } = result
  const exploit = joined ?? verdict.exploit
  const inPart = outcome !== 'complete'
  const held = behaviour?.state === 'held' ? ' What environments showed is held back.' : ''
  if (held !== '' && isNegative(exploit)) return `${OF_BYTES[exploit]}${held}`
  if (exploit === 'none-seen') return noneSeen(inPart, behaviour?.state, showed)
  return `${SENTENCES[exploit](listed(verdict.cve.map(({ id }) => id)))}${inPart ? ' Not everything in it could be examined.' : ''}${held}`
}

function noneSeen(inPart: boolean, behaviour: NonNullable<SubmissionView['behaviour']>['state'] | undefined, showed: readonly Showed[]): string {
  if (behaviour === 'detonating') return `${OF_BYTES['none-seen']} It is still being opened in environments.`
  if (showed.includes('crash')) return 'No exploit was proven, but a viewer crashed on it: read what each environment showed.'
  const nothing = `Nothing that exploits a vulnerability was seen in ${inPart ? 'the part that could be examined' : 'what was examined'}.`
  return showed.includes('undecided') || behaviour === 'in-part' ? `${nothing} Not every environment came to its end with it.` : nothing
}

/** What the bytes alone say. */
const OF_BYTES = {
  'technique-only': 'Its bytes hold active or deceptive content.',
  'none-seen': 'Nothing that exploits a vulnerability was seen in its bytes.',
} as const

const SENTENCES = {
  confirmed: (what: string) => `It exploits ${what}: the effect was seen.`,
  attempted: (what: string) => `It holds everything that it takes to exploit ${what}.`,
  'technique-only': () => 'It exploits no vulnerability that is looked for here, but it holds active or deceptive content.',
} as const

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'a vulnerability'
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names)
}
