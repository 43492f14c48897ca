import { Button, Group, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Fragment, useState, type ReactElement } from 'react'
import { EmbargoView } from '#exchange/embargoes/contract.ts'
import { command, post } from '../api/client.ts'
import { DecideButtons } from '../members/decide-buttons.tsx'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { ChangeEmbargoDialog } from './change-embargo-dialog.tsx'
import type { Collection } from './collections.ts'
import { changeWords, className, embargoesQuery, type Embargo } from './embargoes.ts'
import { PutObjects } from './put-objects.tsx'
import { embargoDraft, SetEmbargoDialog } from './set-embargo-dialog.tsx'

/** What is released from a collection to each class of readers at its instant. */
export function EmbargoesPanel({ collection }: { collection: Collection }): ReactElement {
  const may = useMay()
  const embargoes = useQuery(embargoesQuery(collection.id))
  const [setting, setSetting] = useState(() => hasDraft(embargoDraft(collection.id)))
  return (
    <Panel
      title="Embargoes"
      lead="Objects of your own that wait: before its instant nothing of them is there for a reader, in any answer. To slip takes one person, to end early two."
      actions={
        may('object-embargo.set') && (
          <Button variant="default" onClick={() => setSetting(true)}>
            Set an embargo
          </Button>
        )
      }
      flush
    >
      {embargoes.isPending && <Skeleton height={120} radius={0} />}
      <ProblemAlert error={embargoes.error} onRetry={() => void embargoes.refetch()} />
      {embargoes.data?.length === 0 && (
        <EmptyState icon="clock" title="Nothing waits here">
          Everything in this collection is shown as soon as it is stored.
        </EmptyState>
      )}
      {embargoes.data?.map((embargo) => (
        <EmbargoEntry key={embargo.id} embargo={embargo} />
      ))}
      <SetEmbargoDialog collection={collection} opened={setting} onClose={() => setSetting(false)} />
    </Panel>
  )
}

function EmbargoEntry({ embargo }: { embargo: Embargo }): ReactElement {
  const may = useMay()
  const [changing, setChanging] = useState(false)
  const waits = embargo.releases.some(({ reached }) => !reached)
  const waiting = embargo.changes.filter(({ state }) => state === 'waits')
  return (
    <Stack p="md" gap="sm" component="section" aria-label={embargo.title}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Text fw={600} component="h3" fz="md">
            {embargo.title}
          </Text>
          <Text size="sm" c="dimmed">
            {embargo.objects === 1 ? '1 object' : `${embargo.objects} objects`}, set by {embargo.set.by?.name ?? 'the program'}
            {embargo.package !== null && `, hangs on package ${embargo.package}`}
          </Text>
        </div>
        {may('object-embargo.set') && waits && (
          <Button size="compact-sm" variant="default" onClick={() => setChanging(true)} aria-label={`Change the instants of ${embargo.title}`}>
            Change the instants
          </Button>
        )}
      </Group>
      <SimpleTable label={`Instants of ${embargo.title}`} headers={['Readers', 'Shown from', 'State', 'Organisations that read it']}>
        {embargo.releases.map(({ class: of, at, reached, follows, readers }) => (
          <Table.Tr key={of}>
            <Table.Td fw={600}>{className(of)}</Table.Td>
            <Table.Td>
              <ZonedInstant value={at} zone={embargo.zone} />
            </Table.Td>
            <Table.Td>{reached ? 'Reached' : follows ? 'Waits, follows the package' : 'Waits'}</Table.Td>
            <Table.Td>{readers}</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
      {waiting.map((change) => (
        <Fragment key={change.id}>
          <WaitingChange embargo={embargo} change={change} />
        </Fragment>
      ))}
      {may('object-embargo.set') && <PutObjects embargo={embargo} />}
      <ChangeEmbargoDialog embargo={embargo} opened={changing} onClose={() => setChanging(false)} />
    </Stack>
  )
}

function WaitingChange({ embargo, change }: { embargo: Embargo; change: Embargo['changes'][number] }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  return (
    <Group justify="space-between" align="flex-start">
      <Text size="sm" maw={640}>
        <Text span inherit fw={600}>
          Waits for a second person:
        </Text>{' '}
        {changeWords(change)}. {change.reason} ({change.proposed.by.name})
      </Text>
      {may('object-embargo.approve') && (
        <DecideButtons
          what={`change of ${embargo.title}`}
          mine={change.proposed.by.id === self}
          approve={() => post(EmbargoView, `/api/embargo-changes/${change.id}/approval`)}
          refuse={() => command('DELETE', `/api/embargo-changes/${change.id}`)}
          changes={[['embargoes', embargo.collection]]}
        >
          {changeWords(change)}. What somebody has read is not taken back by anything.
        </DecideButtons>
      )}
    </Group>
  )
}
