import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { ApprovedImport } from '#program/membership/imports/contract.ts'
import { create } from '../api/client.ts'
import { organisationsQuery } from '../people/people.ts'
import { toCsv } from '../ui/csv.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { download } from '../ui/download.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { importQuery, importsQuery, type Import, type Row } from './member-imports.ts'

const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', header: 'Name', text: ({ name }) => name, cell: ({ name }) => <strong className="break">{name}</strong> },
  { key: 'kind', header: 'Kind', text: ({ kind }) => kind },
  { key: 'tier', header: 'Tier', text: ({ tier }) => tier },
  { key: 'jurisdiction', header: 'Jurisdiction', text: ({ jurisdiction }) => jurisdiction },
  { key: 'since', header: 'Since', text: ({ since }) => since ?? '' },
  { key: 'contact', header: 'Contact', text: ({ contactName }) => contactName },
  { key: 'mail', header: 'Mail', text: ({ contactEmail }) => contactEmail },
]

/** Every row of a list, and the button that admits them all; then the links of their contacts, this one time. */
export function ApproveImportDialog({ item, onClose }: { item: Import; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const list = useQuery(importQuery(item.id))
  const approve = useMutation({
    mutationFn: () => create(ApprovedImport, `/api/member-imports/${item.id}/approval`),
    onError: () => queries.invalidateQueries({ queryKey: importsQuery.queryKey }),
  })
  const close = () => {
    onClose()
    if (!approve.data) return
    void queries.invalidateQueries({ queryKey: importsQuery.queryKey })
    void queries.invalidateQueries({ queryKey: organisationsQuery.queryKey })
  }
  const admit = `Admit ${item.rowCount === 1 ? 'this member' : `these ${item.rowCount} members`}`
  return (
    <Dialog opened onClose={close} title={approve.data ? 'They are members' : admit} size="70rem" dismissible={!approve.isPending && !approve.data}>
      <Stack>
        {approve.data ? (
          <Admitted members={approve.data.members} />
        ) : (
          <>
            <Text>
              {item.proposedBy.name} proposed them. Make sure yourself that each is a member and holds this tier: from the approval on, each has it, and its
              contact is invited.
            </Text>
            {list.isPending && <Skeleton height={200} />}
            <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
            {list.data && (
              <DataTable
                label="Members of the list"
                columns={COLUMNS}
                rows={list.data.rows}
                rowKey={({ line }) => String(line)}
                empty={<EmptyState icon="people" title="No row" />}
              />
            )}
          </>
        )}
        <ProblemAlert error={approve.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={approve.isPending}>
            {approve.data ? 'I have kept the links' : 'Cancel'}
          </Button>
          {!approve.data && (
            <Button onClick={() => approve.mutate()} loading={approve.isPending} disabled={!list.data}>
              {admit}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}

type Members = (typeof ApprovedImport)['_output']['members']

function Admitted({ members }: { members: Members }): ReactElement {
  const save = () =>
    download(
      'vedette-invitations.csv',
      'text/csv',
      toCsv(
        ['organisation', 'contact', 'mail', 'link', 'until'],
        members.map(({ organisation, contact, link }) => [organisation.name, contact.name, contact.email, link.url, new Date(link.expiresAt).toISOString()]),
      ),
    )
  return (
    <>
      <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="The links are shown only this once">
        Each lets one contact in, once. They were mailed too, where mail is set up; keep them until the contacts are in, and pass them on by a way you trust.
      </Alert>
      <Text>
        {members.length === 1 ? '1 member was' : `${members.length} members were`} admitted:{' '}
        {members
          .slice(0, 10)
          .map(({ organisation }) => organisation.name)
          .join(', ')}
        {members.length > 10 && ' and others'}.
      </Text>
      <Group>
        <Button onClick={save} leftSection={<Icon name="download" size={16} />}>
          Download the invitations
        </Button>
      </Group>
    </>
  )
}
