import { NativeSelect, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { organisationsQuery } from '../people/people.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { Page } from '../ui/page.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ContactTable } from './contact-table.tsx'
import { HealthPanel } from './health-panel.tsx'
import { WaitingClearances } from './waiting-clearances.tsx'

/** Contacts of the operator's members: what each may know, and what should be mended before the next cycle. */
export function ContactsPage(): ReactElement {
  return (
    <OnlyWith verb="contact.list">
      <ContactsOfMembers />
    </OnlyWith>
  )
}

function ContactsOfMembers(): ReactElement {
  const may = useMay()
  const members = useQuery(organisationsQuery)
  const [chosen, setChosen] = useState<string | undefined>()
  const organisation = chosen ?? members.data?.[0]?.id
  return (
    <Page title="Contacts" lead="Who of each member may know what, with which keys, and whether they can be reached.">
      <Stack>
        {may('clearance.list-changes') && <WaitingClearances whenNone="hide" />}
        <ProblemAlert error={members.error} onRetry={() => void members.refetch()} />
        {members.data && members.data.length > 0 && (
          <NativeSelect
            label="Member"
            maw={360}
            data={members.data.map(({ id, name }) => ({ value: id, label: name }))}
            value={organisation ?? ''}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        )}
        {organisation !== undefined && <ContactTable organisation={organisation} />}
        {may('health.list') && <HealthPanel whose="members" />}
      </Stack>
    </Page>
  )
}
