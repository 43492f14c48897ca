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
const NONE_SEEN_YET: VerdictWords = { words: 'None seen yet', tone: 'unknown', icon: 'clock' }
const CRASHED: VerdictWords = { words: 'None proven, but it crashed', tone: 'technique', icon: 'warning' }
const NONE_YET: VerdictWords = { words: 'Not yet', tone: 'unknown', icon: 'clock' }
const NO_VERDICT: VerdictWords = { words: 'No verdict', tone: 'unknown', icon: 'question' }

/** The verdict in two or three words. What was not seen is never called clean: it was not seen in what was checked. */
export function verdictWords({ exploit, outcome, state }: Pick<SubmissionView, 'exploit' | 'outcome' | 'state'>): VerdictWords {
  if (state === 'queued' || state === 'static' || (state === 'detonating' && exploit === null)) return NONE_YET
  if (exploit === null) return NO_VERDICT
  if (exploit === 'none-seen' && state === 'detonating') return NONE_SEEN_YET
  return exploit === 'none-seen' && outcome !== 'complete' ? NONE_SEEN_IN_PART : WORDS[exploit]
}

/** What environments showed, as far as the verdict's words depend on it. */
export type Showed = JoinedReport['environments'][number]['showed']

/** The verdict in words once what environments showed is known: a crash that proves nothing is no headline without it. */
export function joinedWords(submission: Parameters<typeof verdictWords>[0], showed: readonly Showed[]): VerdictWords {
  return submission.exploit === 'none-seen' && showed.includes('crash') ? CRASHED : verdictWords(submission)
}

/** The verdict in one sentence; `joined` is the one with what environments showed, where there is one. */
export function verdictSentence(result: ScanResult, joined?: SubmissionView['exploit'], showed: readonly Showed[] = [], open = false): string {
  if (result.outcome === 'not-scanned') return 'There is no verdict: the file could not be examined.'
  const { verdict, outcome } = result
  const exploit = joined ?? verdict.exploit
  const inPart = outcome !== 'complete'
  if (exploit === 'none-seen')
    return open ? 'Nothing that exploits a vulnerability was seen in its bytes. It is still being opened in environments.' : noneSeen(inPart, showed)
  return `${SENTENCES[exploit](listed(verdict.cve.map(({ id }) => id)))}${inPart ? ' Not everything in it could be examined.' : ''}`
}

function noneSeen(inPart: boolean, showed: readonly Showed[]): string {
  if (showed.includes('crash')) return 'No exploit was proven, but a viewer crashed on it: read what each environment showed.'
  const nothing = `Nothing that exploits a vulnerability was seen in ${inPart ? 'the part that could be examined' : 'what was examined'}.`
  return showed.includes('undecided') ? `${nothing} Not every environment came to its end with it.` : nothing
}

const SENTENCES = {
  confirmed: (what: string) => `It exploits ${what}: the effect was seen.`,
  attempted: (what: string) => `It holds everything that it takes to exploit ${what}.`,
  'technique-only': () => 'It exploits no vulnerability that is looked for here, but it holds active or deceptive content.',
} as const

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'a vulnerability'
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names)
}
