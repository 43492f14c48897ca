import { Button, Text, Title } from '@mantine/core'
import { useEffect, type ReactElement } from 'react'
import { ConnectInstead } from '../identity/connect-instead.tsx'
import type { SessionView } from '../session/session.ts'
import { useSignOut } from '../session/sign-out.ts'
import { Entrance } from '../shell/entrance.tsx'
import { EnrolPasskeyForm } from './enrol-passkey-form.tsx'

/** For whoever came by a link and has no passkey yet: nothing else is allowed before one is enrolled. */
export function EnrolFirstPage({ session }: { session: SessionView }): ReactElement {
  const signOut = useSignOut()
  useEffect(() => {
    document.title = 'Enrol a passkey · Vedette'
  }, [])
  return (
    <Entrance>
      <div>
        <Title order={1}>Enrol a passkey</Title>
        <Text c="dimmed">
          {session.person.name}, {session.organisation.name}
        </Text>
      </div>
      <Text>
        From now on you sign in with a passkey. Your browser asks for a fingerprint, a face, a PIN or a security key; nothing secret leaves your device.
      </Text>
      <EnrolPasskeyForm />
      {session.kind === 'contact' && <ConnectInstead />}
      <Button variant="subtle" color="gray" onClick={() => signOut.mutate()} loading={signOut.isPending}>
        Not now: sign out
      </Button>
    </Entrance>
  )
}
