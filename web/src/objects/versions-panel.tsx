import { Button, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { Changes } from '../ui/changes.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { inLines, rawQuery, type Place } from './objects.ts'

type Version = Place['versions'][number]

interface Compared {
  readonly collection: string
  readonly before: Version
  readonly after: Version
}

/** Where the object is seen and in which versions, the newest first, with what each changed. */
export function VersionsPanel({ id, places }: { id: string; places: readonly Place[] }): ReactElement {
  const [compared, setCompared] = useState<Compared>()
  return (
    <Panel title="Versions" flush>
      {places.map(({ collection, own, versions }) => (
        <SimpleTable key={collection.id} label={`Versions in ${collection.title}`} headers={['Version', 'Added', 'Collection', 'Marking', 'Size', '']}>
          {versions.map((version, at) => {
            const before = versions[at + 1]
            return (
              <Table.Tr key={version.addedAt}>
                <Table.Td>{isInstant(version.version) ? <Instant value={version.version} /> : version.version}</Table.Td>
                <Table.Td>
                  <Instant value={version.addedAt} />
                </Table.Td>
                <Table.Td>
                  {collection.title}
                  {own && ' (ours)'}
                </Table.Td>
                <Table.Td className="nowrap">
                  TLP:{version.tlp}
                  {version.revoked && ', revoked'}
                </Table.Td>
                <Table.Td className="nowrap">{formatSize(version.size)}</Table.Td>
                <Table.Td ta="right">
                  {before && (
                    <Button
                      variant="default"
                      size="compact-sm"
                      aria-label={`What changed in version ${version.version}`}
                      onClick={() => setCompared({ collection: collection.id, before, after: version })}
                    >
                      What changed
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            )
          })}
        </SimpleTable>
      ))}
      {compared && <ChangesDialog id={id} compared={compared} onClose={() => setCompared(undefined)} />}
    </Panel>
  )
}

function isInstant(text: string): boolean {
  return !Number.isNaN(Date.parse(text))
}

function ChangesDialog({ id, compared: { collection, before, after }, onClose }: { id: string; compared: Compared; onClose: () => void }): ReactElement {
  const old = useQuery(rawQuery(id, collection, before.version))
  const now = useQuery(rawQuery(id, collection, after.version))
  return (
    <Dialog opened onClose={onClose} title="What changed" size="xl">
      <Stack>
        <Text size="sm" c="dimmed">
          From {before.version} to {after.version}
        </Text>
        {(old.isPending || now.isPending) && <Skeleton height={160} />}
        <ProblemAlert error={old.error ?? now.error} />
        {old.data !== undefined && now.data !== undefined && <Changes label="Lines of the object" before={inLines(old.data)} after={inLines(now.data)} />}
      </Stack>
    </Dialog>
  )
}
