import { at, perFact } from './evidence.ts'

/** Where the stack of a program's first thread lies in Windows XP and before. */
const STACK = { first: 0x0012_0000, last: 0x0012_ffff }

/**
 * A note: a smart tag of a binary Word document whose ignored pointer leads into the stack of older Windows. That is how attacks on
 * CVE-2006-2492 look, and all that is public of its structure; sound documents keep leftover pointers in the same field, mostly to
 * other memory. It is therefore a candidate and never more.
 */
export const wordSmartTag = perFact(
  {
    id: 'word-smart-tag',
    candidates: ['CVE-2006-2492'],
    requires: ['a smart tag entry (FACTOIDINFO) of a binary Word document', 'a pfpb field, which has to be ignored, that leads into 0x00120000 to 0x0012FFFF'],
    source: 'MS-DOC 2.9.64; Microsoft bulletin MS06-027',
  },
  'smart-tag-pointer',
  (fact) =>
    fact.pointer < STACK.first || fact.pointer > STACK.last
      ? undefined
      : {
          kind: 'note',
          severity: 'low',
          summary: 'A smart tag of the document keeps a pointer into the stack of older Windows, in a field that newer versions ignore.',
          attack: [],
          candidate: { id: 'CVE-2006-2492', why: 'sound documents keep leftover pointers in the same field; what a crafted one leads to is not public' },
          proof: [{ ...at(fact), length: 4, field: 'FACTOIDINFO pfpb', value: fact.pointer }],
        },
)
