import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { ClearanceChange } from '#program/membership/contacts/contract.ts'
import { command, post } from '../api/client.ts'
import { SecondPersonPanel, type Matter } from '../people/second-person.tsx'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { clearanceChangesQuery, clearanceText, CONTACT_CHANGES, type ChangeView } from './contacts.ts'

/** Wider clearances that one membership officer proposed and another has to approve. */
export function WaitingClearances({ whenNone }: { whenNone: 'say-so' | 'hide' }): ReactElement | null {
  const changes = useQuery(clearanceChangesQuery)
  const may = useMay()
  const self = useSession().person.id
  const toMatter = (change: ChangeView): Matter => ({
    id: change.id,
    personName: change.person.name,
    noun: 'the clearance',
    body: whatChanges(change),
    origin: (
      <>
        {change.organisation.name}. Proposed by {change.proposedBy.name} at <Instant value={change.proposedAt} />, ends at <Instant value={change.expiresAt} />
      </>
    ),
    waits: true,
    mine: change.proposedBy.id === self,
    mayApprove: may('clearance.approve'),
    mayClose: may('clearance.close'),
    question: (
      <Text>
        {change.proposedBy.name} proposed it. {whatChanges(change)}. Make sure yourself that {change.person.name} needs to know this.
      </Text>
    ),
    closing: 'Nothing changes for the contact. The clearance can be proposed again at any time.',
    approve: async () => {
      await post(ClearanceChange, `/api/clearance-changes/${change.id}/approval`)
      return null
    },
    close: () => command('DELETE', `/api/clearance-changes/${change.id}`),
  })
  return (
    <SecondPersonPanel
      title="Clearances that wait for a second officer"
      lead="Letting a contact know more takes two membership officers: one proposes it, another approves it."
      none="No clearance waits"
      whenNone={whenNone}
      query={changes}
      matters={(changes.data ?? []).filter(({ state }) => state === 'waits').map(toMatter)}
      changes={CONTACT_CHANGES}
    />
  )
}

function whatChanges({ present, proposed }: ChangeView): string {
  return `From: ${clearanceText(present)}. To: ${clearanceText(proposed)}`
}
