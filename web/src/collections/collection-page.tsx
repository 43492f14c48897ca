import { Anchor, Button, Checkbox, Group, Select, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { AccessChange } from '#exchange/access/contract.ts'
import { put } from '../api/client.ts'
import { membersQuery } from '../members/members.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { ACCESS_QUERIES, collectionsQuery, rightsQuery, rightWords, taxiiAddress, type Collection, type Right } from './collections.ts'
import { DescribeCollectionButton } from './describe-collection.tsx'
import { EmbargoesPanel } from './embargoes-panel.tsx'
import { RemovalsPanel } from './removals-panel.tsx'
import { WaitingPanel } from './waiting-panel.tsx'

/** One collection: how a client reaches it, and who may do what in it. */
export function CollectionPage(): ReactElement {
  return (
    <OnlyWith verb="collection.list">
      <Shown />
    </OnlyWith>
  )
}

function Shown(): ReactElement {
  const { id } = useParams({ strict: false }) as { id: string }
  const may = useMay()
  const collections = useQuery(collectionsQuery)
  const collection = collections.data?.find((one) => one.id === id)
  if (collections.isPending) return <Skeleton height={300} />
  if (!collection)
    return (
      <Page title="Collection">
        <ProblemAlert error={collections.error} onRetry={() => void collections.refetch()} />
        {!collections.error && (
          <EmptyState icon="inbox" title="Nothing is here for you">
            There is no such collection, or you hold no right in it.
          </EmptyState>
        )}
      </Page>
    )
  return (
    <Page
      title={collection.title}
      lead={collection.description}
      actions={may('collection.keep') && <DescribeCollectionButton key={collection.id} collection={collection} />}
    >
      <Stack>
        <Panel title="For clients">
          <Facts>
            <Fact name="TAXII address">
              <CopyText label="Copy the TAXII address" text={taxiiAddress(collection)} />
            </Fact>
            {collection.alias && <Fact name="Alias">{collection.alias}</Fact>}
            {collection.aggregates && <UnionFact ids={collection.aggregates} />}
            <Fact name="You">{rightWords(collection)}</Fact>
            <Fact name="Try it">
              <CopyText label="Copy the command" text={curlOf(collection)} />
            </Fact>
          </Facts>
          <Text size="sm" c="dimmed" mt="sm">
            TOKEN is an API token with the scope taxii:read, made under Account. Clients that know HTTP Basic only send it as the password.
          </Text>
        </Panel>
        {may('access.list') && <WaitingPanel collection={collection.id} />}
        {may('access.list') && <RightsPanel collection={collection} />}
        {may('object-embargo.list') && collection.purpose === null && collection.aggregates === null && <EmbargoesPanel collection={collection} />}
        {may('object.list') && collection.canRead && <RemovalsPanel collection={collection} />}
      </Stack>
    </Page>
  )
}

/** The collections of a union that the reader may read, each with its page. */
function UnionFact({ ids }: { ids: readonly string[] }): ReactElement {
  const titles = new Map((useQuery(collectionsQuery).data ?? []).map(({ id, title }) => [id, title]))
  return (
    <Fact name="Union of">
      {ids.length === 0
        ? 'None that you may read'
        : ids.map((id, n) => (
            <span key={id}>
              {n > 0 && ', '}
              <Anchor component={Link} to={`/collections/${id}`}>
                {titles.get(id) ?? id}
              </Anchor>
            </span>
          ))}
    </Fact>
  )
}

function curlOf(collection: Collection): string {
  return `curl -H 'Authorization: Bearer TOKEN' -H 'Accept: application/taxii+json;version=2.1' '${taxiiAddress(collection)}objects/?limit=100'`
}

function RightsPanel({ collection }: { collection: Collection }): ReactElement {
  const may = useMay()
  const rights = useQuery(rightsQuery(collection.id))
  const isWritten = collection.purpose === null && collection.aggregates === null
  return (
    <Panel title="Members" lead="What each member may do. To let somebody do more takes two officers, to let it do less one." flush>
      {rights.isPending && <Skeleton height={160} radius={0} />}
      <ProblemAlert error={rights.error} onRetry={() => void rights.refetch()} />
      {rights.data?.length === 0 && (
        <EmptyState icon="members" title="No member holds a right">
          What is in this collection is seen by your own people alone.
        </EmptyState>
      )}
      {!!rights.data?.length && (
        <SimpleTable label="Rights of members" headers={['Member', 'Kind', 'Reads', 'Writes', '']}>
          {rights.data.map((right) => (
            <RightRow key={right.id} {...{ collection, right, isWritten }} />
          ))}
        </SimpleTable>
      )}
      {may('access.change') && rights.data && <AddRight {...{ collection, rights: rights.data, isWritten }} />}
    </Panel>
  )
}

function useChange(collection: Collection, onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ organisation, ...right }: { organisation: string; canRead: boolean; canWrite: boolean }) =>
      put(AccessChange, `/api/collections/${collection.id}/rights/${organisation}`, right),
    onSuccess: async () => {
      onDone()
      for (const queryKey of ACCESS_QUERIES) await queries.invalidateQueries({ queryKey })
    },
  })
}

function RightRow({ collection, right, isWritten }: { collection: Collection; right: Right; isWritten: boolean }): ReactElement {
  const may = useMay()
  const [wish, setWish] = useState<{ canRead: boolean; canWrite: boolean } | undefined>()
  const change = useChange(collection, () => setWish(undefined))
  const { canRead, canWrite } = wish ?? right
  const isNew = canRead !== right.canRead || canWrite !== right.canWrite
  return (
    <Table.Tr>
      <Table.Td fw={600}>{right.name}</Table.Td>
      <Table.Td>{right.kind === 'vendor' ? 'Vendor' : 'Responder'}</Table.Td>
      <Table.Td>
        <Checkbox
          aria-label={`${right.name} reads`}
          checked={canRead}
          disabled={!may('access.change')}
          onChange={(event) => setWish({ canRead: event.currentTarget.checked, canWrite })}
        />
      </Table.Td>
      <Table.Td>
        <Checkbox
          aria-label={`${right.name} writes`}
          checked={canWrite}
          disabled={!may('access.change') || (!isWritten && !canWrite)}
          onChange={(event) => setWish({ canRead, canWrite: event.currentTarget.checked })}
        />
      </Table.Td>
      <Table.Td align="right">
        {isNew && (
          <Group gap="xs" justify="flex-end" wrap="nowrap">
            <Button size="compact-sm" loading={change.isPending} onClick={() => change.mutate({ organisation: right.id, canRead, canWrite })}>
              {(canRead && !right.canRead) || (canWrite && !right.canWrite) ? 'Propose' : 'Take away now'}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setWish(undefined)}>
              Undo
            </Button>
          </Group>
        )}
        <ProblemAlert error={change.error} />
      </Table.Td>
    </Table.Tr>
  )
}

function AddRight({ collection, rights, isWritten }: { collection: Collection; rights: readonly Right[]; isWritten: boolean }): ReactElement {
  const members = useQuery(membersQuery)
  const [chosen, setChosen] = useState<string | null>(null)
  const [canWrite, setCanWrite] = useState(false)
  const change = useChange(collection, () => setChosen(null))
  const within = new Set(rights.map(({ id }) => id))
  const offered = (members.data ?? []).filter(({ id, state }) => !within.has(id) && (state === 'active' || state === 'paused'))
  return (
    <Stack p="md" gap="xs">
      <Group gap="sm" align="flex-end">
        <Select
          label="Let a member read"
          placeholder="Choose a member"
          data={offered.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setChosen}
          searchable
        />
        {isWritten && <Checkbox mb={9} label="and write" checked={canWrite} onChange={(event) => setCanWrite(event.currentTarget.checked)} />}
        <Button
          variant="default"
          disabled={chosen === null}
          loading={change.isPending}
          onClick={() => change.mutate({ organisation: chosen!, canRead: true, canWrite: isWritten && canWrite })}
        >
          Propose
        </Button>
      </Group>
      <ProblemAlert error={change.error} />
    </Stack>
  )
}
