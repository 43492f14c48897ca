import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { YaraSet, YaraSetDetails, YaraSetText } from '#scanner/yara-sets/contract.ts'
import { get } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'

export type YaraSetView = z.output<typeof YaraSet>
export type YaraSetDetailsView = z.output<typeof YaraSetDetails>
export type Tlp = YaraSetView['tlp']

export const yaraSetsQuery = queryOptions({
  queryKey: ['yara-sets'],
  queryFn: ({ signal }) => everyPage(YaraSet, '/api/yara-sets', signal),
})

export const yaraSetQuery = (id: string) =>
  queryOptions({ queryKey: ['yara-sets', id], queryFn: ({ signal }) => get(YaraSetDetails, `/api/yara-sets/${id}`, {}, signal) })

export const yaraTextQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['yara-sets', id, 'text', version],
    queryFn: ({ signal }) => get(YaraSetText, `/api/yara-sets/${id}/versions/${version}`, {}, signal),
    // A version never changes.
    staleTime: Infinity,
  })

/** What a label means for rules: who may know them, and what others are told of a match. The narrowest first. */
export const TLP_MEANINGS: readonly { readonly label: Tlp; readonly meaning: string }[] = [
  { label: 'RED', meaning: 'Your organisation and the operator know the rules. Nobody else is told even that one of them matches.' },
  {
    label: 'AMBER+STRICT',
    meaning: 'Your organisation and the operator know the rules. Whoever hands in a file is told that a rule matches, and nothing else of it.',
  },
  { label: 'AMBER', meaning: 'Members of the exchange know the rules and what they match.' },
  { label: 'GREEN', meaning: 'Members of the exchange know the rules, and may share them in their community.' },
  { label: 'CLEAR', meaning: 'Anybody may know the rules.' },
]

/** Whose it is, in words. */
export function ownerWords({ owner }: YaraSetView): string {
  if (owner.kind === 'own') return 'Ours'
  return owner.name ?? 'A member'
}
