import { Button, Skeleton, Stack, Table } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { YaraSetDetails } from '#scanner/yara-sets/contract.ts'
import { command, put } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { download } from '../ui/download.ts'
import { Fact, Facts } from '../ui/facts.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { SourceText } from '../ui/source-text.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { YaraSetDialog } from './yara-set-dialog.tsx'
import { ownerWords, TLP_MEANINGS, yaraSetQuery, yaraSetsQuery, yaraTextQuery, type YaraSetDetailsView } from './yara-sets.ts'

const page = getRouteApi('/signed-in/yara-sets/$id')

/** One set: what it is, its rules, and its versions. */
export function YaraSetPage(): ReactElement {
  return (
    <OnlyWith verb="yara-set.list">
      <OneYaraSet />
    </OnlyWith>
  )
}

function OneYaraSet(): ReactElement {
  const { id } = page.useParams()
  const set = useQuery(yaraSetQuery(id))
  return (
    <Page title="YARA set" lead={set.data?.name} actions={set.data && <Actions set={set.data} />}>
      {set.isPending && <Skeleton height={240} />}
      <ProblemAlert error={set.error} onRetry={() => void set.refetch()} />
      {set.data && (
        <Stack>
          <AboutPanel set={set.data} />
          <VersionsPanel set={set.data} />
        </Stack>
      )}
    </Page>
  )
}

function Actions({ set }: { set: YaraSetDetailsView }): ReactElement | null {
  const may = useMay()
  const { kind } = useSession()
  const queries = useQueryClient()
  const text = useQuery(yaraTextQuery(set.id, set.version))
  const [open, setOpen] = useState<'replace' | 'delete' | undefined>()
  const state = useMutation({
    mutationFn: () => put(YaraSetDetails, `/api/yara-sets/${set.id}/state`, { enabled: !set.enabled }),
    onSuccess: () => queries.invalidateQueries({ queryKey: yaraSetsQuery.queryKey }),
  })
  if (!may('yara-set.keep')) return null
  const switching = (
    <>
      <ProblemAlert error={state.error} />
      <Button variant="default" onClick={() => state.mutate()} loading={state.isPending}>
        {set.enabled ? 'Disable' : 'Enable'}
      </Button>
    </>
  )
  // An operator can only disable what its members keep.
  if (set.owner.kind !== 'own') return kind === 'operator' && set.enabled ? switching : null
  return (
    <>
      {switching}
      <Button variant="default" onClick={() => setOpen('replace')} disabled={!text.data}>
        Replace
      </Button>
      <Button variant="default" c="red.8" onClick={() => setOpen('delete')}>
        Delete
      </Button>
      {open === 'replace' && text.data && (
        <YaraSetDialog replaces={set} initial={{ name: set.name, tlp: set.tlp, text: text.data.text }} onClose={() => setOpen(undefined)} />
      )}
      <DeleteSet set={set} opened={open === 'delete'} onClose={() => setOpen(undefined)} />
    </>
  )
}

function DeleteSet({ set, opened, onClose }: { set: YaraSetDetailsView; opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const end = useMutation({
    mutationFn: () => command('DELETE', `/api/yara-sets/${set.id}`),
    onSuccess: async () => {
      await navigate({ to: '/yara-sets' })
      await queries.invalidateQueries({ queryKey: yaraSetsQuery.queryKey, exact: true })
    },
  })
  return (
    <ConfirmDialog
      opened={opened}
      title="Delete this YARA set?"
      confirm="Delete the set"
      pending={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      The text of every version is deleted and cannot be brought back. What the rules found stays in the reports of those who may know it.
    </ConfirmDialog>
  )
}

function AboutPanel({ set }: { set: YaraSetDetailsView }): ReactElement {
  const { tlp, enabled, version, sha256, size, changedAt, changedBy } = set
  const meaning = set.owner.kind === 'own' ? TLP_MEANINGS.find(({ label }) => label === tlp)?.meaning : undefined
  return (
    <Panel title="The set">
      <Facts>
        <Fact name="Whose">{ownerWords(set)}</Fact>
        <Fact name="TLP">
          <strong>TLP:{tlp}</strong> {meaning}
        </Fact>
        <Fact name="State">
          <StateMark tone={enabled ? 'on' : 'off'}>{enabled ? 'Matched against what is handed in' : 'Disabled'}</StateMark>
        </Fact>
        <Fact name="Version">
          {version}, {formatSize(size)}
        </Fact>
        <Fact name="SHA-256">
          <CopyText label="Copy the SHA-256" text={sha256} />
        </Fact>
        <Fact name="Changed">
          <Instant value={changedAt} />
          {changedBy !== null && ` by ${changedBy}`}
        </Fact>
      </Facts>
    </Panel>
  )
}

function VersionsPanel({ set }: { set: YaraSetDetailsView }): ReactElement {
  const [chosen, setChosen] = useState<number | undefined>()
  const shown = chosen ?? set.version
  const text = useQuery(yaraTextQuery(set.id, shown))
  return (
    <>
      <Panel title="Versions" lead="A report names the version that was matched by its SHA-256." flush>
        <SimpleTable label="Versions" headers={['Version', 'TLP', 'SHA-256', 'Added', 'By', '']}>
          {set.versions.map(({ version, tlp, sha256, addedAt, addedBy }) => (
            <Table.Tr key={version}>
              <Table.Td>{version}</Table.Td>
              <Table.Td className="nowrap">TLP:{tlp}</Table.Td>
              <Table.Td className="mono">{sha256.slice(0, 16)}…</Table.Td>
              <Table.Td>
                <Instant value={addedAt} />
              </Table.Td>
              <Table.Td>{addedBy ?? ''}</Table.Td>
              <Table.Td>
                <Button size="compact-sm" variant="default" aria-label={`Show version ${version}`} onClick={() => setChosen(version)}>
                  Show
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </SimpleTable>
      </Panel>
      <Panel
        title={`Rules of version ${shown}`}
        actions={
          text.data && (
            <Button size="compact-sm" variant="default" onClick={() => download(`${set.name}.yar`, 'text/plain', text.data.text)}>
              Download
            </Button>
          )
        }
      >
        {text.isPending && <Skeleton height={160} />}
        <ProblemAlert error={text.error} onRetry={() => void text.refetch()} />
        {text.data && <SourceText label={`Rules of version ${shown}`} text={text.data.text} />}
      </Panel>
    </>
  )
}
