import type { ReactElement } from 'react'
import { OnlyWith } from '../session/only-with.tsx'
import { Page } from '../ui/page.tsx'
import { OwnStandingPanel } from './own-standing-panel.tsx'

/** A contact's own organisation: what it holds with each operator. */
export function OwnStandingPage(): ReactElement {
  return (
    <OnlyWith verb="standing.read-own">
      <Page
        title="Our standing"
        lead="What your organisation holds with the programme, until when, and what the policy of its jurisdiction leaves of a package."
      >
        <OwnStandingPanel />
      </Page>
    </OnlyWith>
  )
}
