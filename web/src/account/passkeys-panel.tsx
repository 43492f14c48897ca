import { Button, Skeleton, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { EnrolPasskeyForm } from '../sign-in/enrol-passkey-form.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { passkeysQuery, type PasskeyView } from './account.ts'
import { RevokeButton } from './revoke-button.tsx'

/** The person's passkeys; one more on a second device saves a recovery. */
export function PasskeysPanel(): ReactElement {
  const [enrolling, setEnrolling] = useState(false)
  const passkeys = useQuery(passkeysQuery)
  return (
    <Panel
      title="Passkeys"
      lead="Keep two on different devices: then losing one needs no recovery."
      flush
      actions={
        <Button onClick={() => setEnrolling(true)} leftSection={<Icon name="key" size={16} />}>
          Enrol a passkey
        </Button>
      }
    >
      {passkeys.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={passkeys.error} onRetry={() => void passkeys.refetch()} />
      {passkeys.data?.length === 0 && (
        <EmptyState icon="key" title="No passkey yet">
          Enrol one to sign in without a link.
        </EmptyState>
      )}
      {passkeys.data && passkeys.data.length > 0 && <PasskeyTable passkeys={passkeys.data} />}
      <Dialog opened={enrolling} onClose={() => setEnrolling(false)} title="Enrol a passkey" size="md">
        <EnrolPasskeyForm onEnrolled={() => setEnrolling(false)} />
      </Dialog>
    </Panel>
  )
}

function PasskeyTable({ passkeys }: { passkeys: readonly PasskeyView[] }): ReactElement {
  return (
    <SimpleTable label="Passkeys" headers={['Name', 'Enrolled', 'Last used', '']}>
      {passkeys.map((passkey) => (
        <Table.Tr key={passkey.id}>
          <Table.Td>{passkey.name}</Table.Td>
          <Table.Td>
            <Instant value={passkey.createdAt} />
          </Table.Td>
          <Table.Td>{passkey.lastUsedAt ? <Instant value={passkey.lastUsedAt} /> : 'Never'}</Table.Td>
          <Table.Td align="right">
            {passkeys.length === 1 ? (
              <Text size="sm" c="dimmed">
                The only one: it stays
              </Text>
            ) : (
              <RevokeButton verb="Remove" subject={passkey.name} path={`/api/account/passkeys/${passkey.id}`} queryKey={passkeysQuery.queryKey}>
                This passkey can then no longer sign in, and your other sessions end.
              </RevokeButton>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}
