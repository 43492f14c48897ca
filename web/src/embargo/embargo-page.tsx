import { Stack } from '@mantine/core'
import type { ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { Page } from '../ui/page.tsx'
import { BreachesPanel } from './breaches-panel.tsx'
import { ClocksPanel } from './clocks-panel.tsx'
import { EndsPanel } from './ends-panel.tsx'
import { ReportsPanel } from './reports-panel.tsx'

/** What endangers or ends embargoes, for the operator's people. */
export function EmbargoPage(): ReactElement {
  return (
    <OnlyWith verb="embargo-end.list">
      <Panels />
    </OnlyWith>
  )
}

function Panels(): ReactElement {
  const may = useMay()
  return (
    <Page title="Embargo" lead="What is public, exploited or leaked before its release, and what follows from it.">
      <Stack>
        <EndsPanel />
        <ReportsPanel />
        {may('breach.list') && <BreachesPanel />}
        {may('regulatory-clock.list') && <ClocksPanel />}
      </Stack>
    </Page>
  )
}
