import { Button, Skeleton, Table } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { z } from 'zod'
import { OwnKey } from '#program/membership/contacts/contract.ts'
import { get } from '../api/client.ts'
import { trustedNowMs, useTrustedTime } from '../clock/trusted-time.ts'
import { useMay } from '../session/may.ts'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { AddKeyDialog, KEY_DRAFT } from './add-key-dialog.tsx'
import { RevokeButton } from './revoke-button.tsx'

type OwnKeyView = z.output<typeof OwnKey>

export const keysQuery = queryOptions({ queryKey: ['own-keys'], queryFn: ({ signal }) => get(z.array(OwnKey), '/api/account/keys', {}, signal) })
export const KEY_KIND_NAMES: Readonly<Record<OwnKeyView['kind'], string>> = { age: 'age', openpgp: 'OpenPGP' }

/** A contact's own keys, to which what is delivered to them is encrypted. */
export function KeysPanel(): ReactElement {
  const may = useMay()
  const [adding, setAdding] = useState(() => hasDraft(KEY_DRAFT))
  const keys = useQuery(keysQuery)
  return (
    <Panel
      title="Keys for delivery"
      lead="What is delivered to you is encrypted to these. Use a key that only you hold, never one that a team shares: it would outlive whoever leaves."
      flush
      actions={may('contact-key.add') && <Button onClick={() => setAdding(true)}>Add a key</Button>}
    >
      {keys.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={keys.error} onRetry={() => void keys.refetch()} />
      {keys.data?.length === 0 && (
        <EmptyState icon="key" title="No keys">
          Without one nothing of a package is delivered to you.
        </EmptyState>
      )}
      {keys.data && keys.data.length > 0 && <KeyTable keys={keys.data} />}
      <AddKeyDialog opened={adding} onClose={() => setAdding(false)} />
    </Panel>
  )
}

function KeyTable({ keys }: { keys: readonly OwnKeyView[] }): ReactElement {
  const clock = useTrustedTime()
  const state = (key: OwnKeyView): ReactElement => {
    if (key.revokedAt !== null) return <StateMark tone="off">Revoked</StateMark>
    const expired = clock.data !== undefined && Date.parse(key.expiresAt) <= trustedNowMs(clock.data)
    return expired ? <StateMark tone="bad">Expired</StateMark> : <StateMark tone="on">In force</StateMark>
  }
  return (
    <SimpleTable label="Keys for delivery" headers={['Kind', 'Fingerprint', 'State', 'Expires', 'Added', '']}>
      {keys.map((key) => (
        <Table.Tr key={key.id}>
          <Table.Td>{KEY_KIND_NAMES[key.kind]}</Table.Td>
          <Table.Td className="mono break">{key.fingerprint}</Table.Td>
          <Table.Td>{state(key)}</Table.Td>
          <Table.Td>
            <Instant value={key.expiresAt} />
          </Table.Td>
          <Table.Td>
            <Instant value={key.addedAt} />
          </Table.Td>
          <Table.Td align="right">
            {key.revokedAt === null && (
              <RevokeButton verb="Revoke" subject={key.fingerprint} path={`/api/account/keys/${key.id}`} queryKey={keysQuery.queryKey}>
                Nothing is encrypted to this key any more. What was encrypted to it before stays readable with it. This cannot be undone.
              </RevokeButton>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}
