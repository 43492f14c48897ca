import type { Verb } from '../session/may.ts'

/** A person of the demonstration, as `npm run demo` prints them. */
export type Who =
  | 'operator author'
  | 'operator approver'
  | 'vendor analyst'
  | 'vendor analyst, entry tier'
  | 'responder'
  | 'anybody'
  | 'whoever holds the machine'

/** One thing to do. */
export interface Task {
  readonly who: Who
  /** What the person does and what there is to see. */
  readonly text: string
  /** Place of the console, and the verb without which it is not offered. */
  readonly at?: { readonly to: '/packages' | '/scanner' | '/indicators' | '/gaps' | '/log' | '/account'; readonly label: string; readonly verb?: Verb }
  /** What the guide hands over for it. */
  readonly gives?: 'advisory' | 'documents' | 'taxii' | 'verify'
}

export interface Step {
  readonly title: string
  readonly why: string
  readonly tasks: readonly Task[]
}

const packages = { to: '/packages', label: 'Packages', verb: 'package.list' } as const

/** The loop of the platform, once around: what the demonstration is for. */
export const STEPS: readonly Step[] = [
  {
    title: 'Write a package from an advisory',
    why: 'What members get before a release is a package. Two people stand behind it: one writes, another approves exactly what was written.',
    tasks: [
      {
        who: 'operator author',
        text: 'Save the example advisory, import it, add detection guidance and a file, and send the package to review.',
        at: packages,
        gives: 'advisory',
      },
      { who: 'operator approver', text: 'Open the package that is in review, read it, and approve that content. The author is refused here.', at: packages },
      { who: 'operator author', text: 'Schedule it for the next Update Tuesday. The page shows from when each tier reads it.', at: packages },
    ],
  },
  {
    title: 'See the embargo hold',
    why: 'A member sees nothing of a package before its window opens: no title, no count, no difference in an error.',
    tasks: [
      {
        who: 'vendor analyst',
        text: 'Of the two out-of-band releases one is open and one is closed: the list shows the open one only. Receive it, and save its file. A receipt is in the log.',
        at: packages,
      },
      { who: 'vendor analyst, entry tier', text: 'The same list is empty here: this tier waits until one business day before the release.', at: packages },
    ],
  },
  {
    title: 'Scan a document',
    why: 'The scanner says whether a document exploits a vulnerability, which one, and what in the file proves it.',
    tasks: [
      {
        who: 'responder',
        text: 'Save the example documents and hand them in. One names a CVE with its proof, one shows a technique, in one nothing is seen.',
        at: { to: '/scanner', label: 'Scanner', verb: 'submission.list' },
        gives: 'documents',
      },
    ],
  },
  {
    title: 'Read the finding as STIX',
    why: 'A verdict becomes STIX 2.1 objects under the TLP of whoever handed the document in. Any TAXII 2.1 client reads them.',
    tasks: [
      {
        who: 'anybody',
        text: 'Make a token under Account, and ask with it. Without one the answer is 401.',
        at: { to: '/account', label: 'Account' },
        gives: 'taxii',
      },
      { who: 'vendor analyst', text: 'See the same indicators in the console.', at: { to: '/indicators', label: 'Indicators', verb: 'indicator.list' } },
    ],
  },
  {
    title: 'Tell what you saw, and find your gaps',
    why: 'Four organisations have seen the indicator of the demonstration. No figure is shown under five, so nobody can be told from it.',
    tasks: [
      { who: 'vendor analyst', text: 'The list of gaps is empty.', at: { to: '/gaps', label: 'Gaps', verb: 'gap.list' } },
      {
        who: 'responder',
        text: 'Report a sighting of the indicator of remittance-advice.rtf: yours is the fifth organisation.',
        at: { to: '/indicators', label: 'Indicators', verb: 'indicator.list' },
      },
      {
        who: 'vendor analyst',
        text: 'Now the gap is there: five others see it, and you have shipped nothing. Say that you ship a protection, and it goes.',
        at: { to: '/gaps', label: 'Gaps', verb: 'gap.list' },
      },
    ],
  },
  {
    title: 'Prove the story',
    why: 'Every act is a leaf of a log that outsiders can check. An edited row is found and named.',
    tasks: [
      {
        who: 'operator approver',
        text: 'Find the receipt of step 2 in the log, and check its proof in the browser.',
        at: { to: '/log', label: 'Audit log', verb: 'log.read' },
      },
      { who: 'whoever holds the machine', text: 'Check the whole log and every row that it binds.', gives: 'verify' },
    ],
  },
]
