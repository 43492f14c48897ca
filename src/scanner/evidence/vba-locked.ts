import { at, perFact } from './evidence.ts'

/** A note: a VBA project that keeps its source from view, by a password or by an entry for it that cannot be read. */
export const vbaLocked = perFact(
  {
    id: 'vba-locked',
    requires: ['a PROJECT stream whose protection entries (DPB, GC) state a password or no view, or cannot be read'],
    source: 'MS-OVBA 2.3.1.15 to 2.3.1.17 and 2.4.3',
  },
  'vba-project',
  (fact) =>
    fact.protection === 'none'
      ? undefined
      : {
          kind: 'note',
          severity: 'info',
          summary:
            fact.protection === 'locked'
              ? 'The VBA project is locked for viewing.'
              : 'The VBA project states its protection in a way that no program can undo.',
          attack: [],
          proof: [{ ...at(fact), field: 'protection', value: fact.protection }],
        },
)
