import { isRemote } from './external-relationship.ts'
import { at, perFact, shown } from './evidence.ts'

/**
 * A web query: Excel fetches what is behind its address and puts it into cells, where formulas run; that is how a file of two lines brought commands
 * by DDE. A file of queries fetches when it is opened, a query in a workbook when it is refreshed: by itself only where the connection says so.
 */
export const webQuery = perFact(
  {
    id: 'web-query',
    requires: ['a web query file (.iqy), or a web query among the connections of a workbook that is refreshed on load', 'an address on another host'],
    source:
      'Microsoft KB157482; ECMA-376 part 1, 18.13.15; Trend Micro, "Necurs poses a new challenge using Internet query file" (2018); ATT&CK T1204.002, T1105',
  },
  'web-query',
  (fact) => {
    const proof = [
      { ...at(fact), field: 'address of the query', value: shown(fact.url) },
      ...(fact.post === '' ? [] : [{ ...at(fact), field: 'what is sent to it', value: shown(fact.post) }]),
    ]
    if (!isRemote(fact.url))
      return { kind: 'note', severity: 'info', summary: 'A query of the workbook reads a file of the machine itself.', attack: [], proof }
    if (!fact.automatic) return { kind: 'note', severity: 'low', summary: 'A query of the workbook fetches a page when it is refreshed.', attack: [], proof }
    const share = /^(?:file:|[\\/]{2})/i.test(fact.url)
    return {
      kind: 'technique',
      severity: fact.file ? 'high' : 'medium',
      summary: fact.file
        ? 'A web query has Excel fetch a page and take it into cells, formulas too.'
        : 'The workbook fetches a page into its cells as it is opened.',
      attack: ['T1204.002', 'T1105', ...(share ? ['T1187'] : [])],
      proof,
    }
  },
)
