import { Badge, Button, Group, Skeleton, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { trustedNowMs, useTrustedTime } from '../clock/trusted-time.ts'
import { useMay } from '../session/may.ts'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { tokensQuery, type ApiTokenView } from './account.ts'
import { CreateTokenDialog, TOKEN_DRAFT } from './create-token-dialog.tsx'
import { RevokeButton } from './revoke-button.tsx'

/** Tokens for programs that act in the person's name, within scopes. */
export function TokensPanel(): ReactElement {
  const may = useMay()
  const [creating, setCreating] = useState(() => hasDraft(TOKEN_DRAFT))
  const tokens = useQuery(tokensQuery)
  return (
    <Panel
      title="API tokens"
      lead="For programs that act in your name. A token never does more than your roles allow."
      flush
      actions={may('token.create') && <Button onClick={() => setCreating(true)}>Create a token</Button>}
    >
      {tokens.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={tokens.error} onRetry={() => void tokens.refetch()} />
      {tokens.data?.length === 0 && (
        <EmptyState icon="key" title="No tokens">
          Create one for a script, a SIEM or a TAXII client.
        </EmptyState>
      )}
      {tokens.data && tokens.data.length > 0 && <TokenTable tokens={tokens.data} />}
      <CreateTokenDialog opened={creating} onClose={() => setCreating(false)} />
    </Panel>
  )
}

function TokenTable({ tokens }: { tokens: readonly ApiTokenView[] }): ReactElement {
  const clock = useTrustedTime()
  const expired = (token: ApiTokenView) => clock.data !== undefined && Date.parse(token.expiresAt) <= trustedNowMs(clock.data)
  return (
    <SimpleTable label="API tokens" headers={['Name', 'Begins with', 'Scopes', 'Expires', 'Last used', '']}>
      {tokens.map((token) => (
        <Table.Tr key={token.id}>
          <Table.Td>{token.name}</Table.Td>
          <Table.Td className="mono nowrap">{token.prefix}…</Table.Td>
          <Table.Td>
            <Group gap={4}>
              {token.scopes.map((scope) => (
                <Badge key={scope} size="sm" variant="default" tt="none" fw={500}>
                  {scope}
                </Badge>
              ))}
            </Group>
          </Table.Td>
          <Table.Td>
            <Instant value={token.expiresAt} /> {expired(token) && <strong>expired</strong>}
          </Table.Td>
          <Table.Td>{token.lastUsedAt ? <Instant value={token.lastUsedAt} /> : 'Never'}</Table.Td>
          <Table.Td align="right">
            <RevokeButton verb="Revoke" subject={token.name} path={`/api/account/tokens/${token.id}`} queryKey={tokensQuery.queryKey}>
              Programs that use this token are refused from now on. This cannot be undone.
            </RevokeButton>
          </Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}
