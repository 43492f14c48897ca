import { Button, Stack } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { ContactTable } from '../contacts/contact-table.tsx'
import { HealthPanel } from '../contacts/health-panel.tsx'
import { OwnStandingPanel } from '../members/own-standing-panel.tsx'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { Page } from '../ui/page.tsx'
import { AddressDialog } from './address-dialog.tsx'

/** A contact's own organisation: each matter of its membership is a panel of its own. */
export function OrganisationPage(): ReactElement {
  return (
    <OnlyWith verb="standing.read-own">
      <OurOrganisation />
    </OnlyWith>
  )
}

function OurOrganisation(): ReactElement {
  const { organisation } = useSession()
  const may = useMay()
  const [naming, setNaming] = useState(false)
  const address = may('organisation.set-address') && (
    <Button variant="default" onClick={() => setNaming(true)}>
      Set the role address
    </Button>
  )
  return (
    <Page title="Our organisation" lead={organisation.name}>
      <Stack>
        <OwnStandingPanel />
        {may('health.read-own') && <HealthPanel whose="own" />}
        {may('contact.list-own') && <ContactTable actions={address} />}
      </Stack>
      {naming && <AddressDialog onClose={() => setNaming(false)} />}
    </Page>
  )
}
