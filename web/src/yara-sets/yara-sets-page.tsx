import { Anchor, Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { NEW_SET, YaraSetDialog } from './yara-set-dialog.tsx'
import { ownerWords, yaraSetsQuery, type YaraSetView } from './yara-sets.ts'

const COLUMNS: readonly Column<YaraSetView>[] = [
  {
    key: 'name',
    header: 'Set',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/yara-sets/${id}`} fw={600} className="break">
        {name}
      </Anchor>
    ),
  },
  { key: 'owner', header: 'Whose', text: ownerWords },
  { key: 'tlp', header: 'TLP', text: ({ tlp }) => `TLP:${tlp}`, cell: ({ tlp }) => <span className="nowrap">TLP:{tlp}</span> },
  {
    key: 'state',
    header: 'State',
    text: ({ enabled }) => (enabled ? 'Matched' : 'Disabled'),
    cell: ({ enabled }) => <StateMark tone={enabled ? 'on' : 'off'}>{enabled ? 'Matched' : 'Disabled'}</StateMark>,
  },
  { key: 'version', header: 'Version', text: ({ version }) => String(version) },
  { key: 'changed', header: 'Changed', text: ({ changedAt }) => changedAt, cell: ({ changedAt }) => <Instant value={changedAt} /> },
  { key: 'by', header: 'By', text: ({ changedBy }) => changedBy ?? '' },
]

/** YARA rules of the operator and of members, as far as the reader may know them. */
export function YaraSetsPage(): ReactElement {
  return (
    <OnlyWith verb="yara-set.list">
      <YaraSets />
    </OnlyWith>
  )
}

function YaraSets(): ReactElement {
  const may = useMay()
  const sets = useQuery(yaraSetsQuery)
  const [adding, setAdding] = useState(false)
  return (
    <Page
      title="YARA sets"
      lead="Rules that are matched against every file that is handed in. Their TLP says who may know them, and what others are told of a match; whoever wrote a rule learns of no file that is not theirs to see."
      actions={may('yara-set.keep') && <Button onClick={() => setAdding(true)}>Add a YARA set</Button>}
    >
      <Panel title="YARA sets" lead="Yours, and those that others marked for you. Other sets that you may not know may be matched as well." flush>
        {sets.isPending && <Skeleton height={200} radius={0} />}
        <ProblemAlert error={sets.error} onRetry={() => void sets.refetch()} />
        {sets.data && (
          <DataTable
            label="YARA sets"
            columns={COLUMNS}
            rows={sets.data}
            rowKey={({ id }) => id}
            empty={
              <EmptyState icon="target" title="No YARA set yet">
                {may('yara-set.keep') ? 'Add one: it is matched against every file that is handed in from then on.' : 'An analyst can add one.'}
              </EmptyState>
            }
          />
        )}
      </Panel>
      {adding && <YaraSetDialog initial={NEW_SET} onClose={() => setAdding(false)} />}
    </Page>
  )
}
