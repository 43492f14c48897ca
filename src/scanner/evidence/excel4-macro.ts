import type { Finding } from '#scanner/verdict/finding.ts'
import { at, shown, type Evidence } from './evidence.ts'

/** Excel 4.0 macros that run by themselves: a macro sheet together with an Auto_ name. A macro sheet without one is a note. */
export const excel4Macro: Evidence = {
  id: 'excel4-macro',
  requires: ['a sheet of Excel 4.0 macros', 'a defined name that runs by itself (Auto_)'],
  source: 'MS-XLS 2.4.28 and 2.4.150; ATT&CK T1059',
  judge: (facts) =>
    facts.flatMap((fact): Finding[] => {
      if (fact.kind !== 'macro-sheet') return []
      const autos = fact.autoNames.join(', ')
      const proof = [
        { ...at(fact), field: 'macro sheet', value: shown(`${fact.name}${fact.hidden ? ' (hidden)' : ''}`) || 'defined names' },
        ...(autos === '' ? [] : [{ ...at(fact), field: 'names that run', value: shown(autos) }]),
      ]
      return autos === ''
        ? [{ id: 'excel4-macro', kind: 'note', severity: 'low', summary: 'The workbook holds a sheet of Excel 4.0 macros.', attack: ['T1059'], proof }]
        : [
            {
              id: 'excel4-macro',
              kind: 'technique',
              severity: 'high',
              summary: 'Excel 4.0 macros run when the workbook opens or closes.',
              attack: ['T1059', 'T1204.002'],
              proof,
            },
          ]
    }),
}
