import { Stack } from '@mantine/core'
import type { ReactElement } from 'react'
import { IdentityPanel } from '../identity/identity-panel.tsx'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Page } from '../ui/page.tsx'
import { CalendarPanel } from './calendar-panel.tsx'
import { CertificatesPanel } from './certificates-panel.tsx'
import { KeysPanel } from './keys-panel.tsx'
import { MailChoicesPanel } from './mail-choices-panel.tsx'
import { PasskeysPanel } from './passkeys-panel.tsx'
import { SessionsPanel } from './sessions-panel.tsx'
import { TokensPanel } from './tokens-panel.tsx'

/** How the signed-in person proves who they are, and where they are signed in. */
export function AccountPage(): ReactElement {
  const session = useSession()
  const may = useMay()
  return (
    <Page title="Account" lead={`${session.person.name}, ${session.organisation.name}`}>
      <Stack>
        <PasskeysPanel />
        {may('identity.list') && <IdentityPanel />}
        <SessionsPanel />
        {may('contact-key.list') && <KeysPanel />}
        {may('token.list') && <TokensPanel />}
        {may('certificate.list') && <CertificatesPanel />}
        {may('calendar-feed.read') && <CalendarPanel />}
        {may('notice.mail-choices') && <MailChoicesPanel />}
      </Stack>
    </Page>
  )
}
