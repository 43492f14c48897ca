import { Button, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactElement } from 'react'
import { getFile } from '../api/client.ts'
import { CopyDigest } from '../scanner/copy-digest.tsx'
import { LongValue } from '../scanner/place-cells.tsx'
import { useMay } from '../session/may.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { saveFile } from '../ui/download.ts'
import { formatSize } from '../ui/format-size.ts'
import { Panel } from '../ui/panel.tsx'
import { keptFilesQuery, type DetonationReport } from './detonations.ts'
import styles from './detonation.module.css'
import { leftFiles, type LeftFile } from './left-files.ts'

const FROM: Readonly<Record<LeftFile['from'], string>> = {
  dropped: 'Written to its disk',
  downloaded: 'Downloaded',
  script: 'Script',
  answer: 'Answer of the network',
  request: 'Sent to the network',
  other: 'Core or other',
}

const COLUMNS: readonly Column<LeftFile>[] = [
  { key: 'from', header: 'Came by', text: ({ from }) => FROM[from], cell: ({ from }) => <span className="nowrap">{FROM[from]}</span> },
  {
    key: 'name',
    header: 'Name it gave itself',
    text: ({ name }) => name,
    cell: ({ name }) => (
      <div className={styles['what']}>
        <LongValue text={name} />
      </div>
    ),
  },
  {
    key: 'size',
    header: 'Size',
    text: ({ size }) => String(size ?? ''),
    cell: ({ size }) => <span className="nowrap">{size !== undefined && formatSize(size)}</span>,
  },
  {
    key: 'sha256',
    header: 'SHA-256',
    text: ({ sha256 }) => sha256,
    cell: ({ sha256, name }) => <CopyDigest of={name} sha256={sha256} />,
  },
]

/** Files that it left, to be saved by those who may, after a warning. */
export function LeftFilesPanel({ report, submission, detonation }: { report: DetonationReport; submission: string; detonation: string }): ReactElement | null {
  const may = useMay()
  const mayRead = may('submission.read-artefacts')
  const kept = useQuery({ ...keptFilesQuery(submission, detonation), enabled: mayRead })
  const files = useMemo(() => leftFiles(report, kept.data?.items), [report, kept.data])
  const [wanted, setWanted] = useState<LeftFile>()
  if (files.length === 0) return null
  const rowActions = (file: LeftFile) =>
    file.kept === false ? (
      <Text size="sm" c="dimmed">
        not kept
      </Text>
    ) : (
      <Button size="compact-sm" variant="default" onClick={() => setWanted(file)} aria-label={`Save ${file.sha256.slice(0, 16)}`}>
        Save
      </Button>
    )
  return (
    <Panel title={`Files it left (${files.length})`} lead="Hostile until the contrary is shown. What was over a limit was not kept." flush>
      <DataTable label="Files it left" columns={COLUMNS} rows={files} rowKey={({ sha256 }) => sha256} empty={null} {...(mayRead && { rowActions })} />
      {wanted && <SaveDialog file={wanted} at={`/api/submissions/${submission}/detonations/${detonation}`} onClose={() => setWanted(undefined)} />}
    </Panel>
  )
}

function SaveDialog({ file: { sha256, name, from }, at, onClose }: { file: LeftFile; at: string; onClose: () => void }): ReactElement {
  const save = useMutation({
    mutationFn: async () => saveFile(`${sha256}.bin`, await getFile(`${at}/files/${sha256}`)),
    onSuccess: onClose,
  })
  return (
    <ConfirmDialog
      opened
      title="Save a hostile file"
      confirm="Save it, never open it"
      pending={save.isPending}
      error={save.error}
      onConfirm={() => save.mutate()}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Text>
          It came out of a document or page that is examined because it may attack. Save it on a machine for analysis alone; a virus scanner may remove it, and
          opening it may take over the machine.
        </Text>
        <Text size="sm">
          {FROM[from]}: <span className="mono break">{name.slice(0, 300)}</span>
        </Text>
        <Text size="sm" className="mono break">
          {sha256}.bin
        </Text>
      </Stack>
    </ConfirmDialog>
  )
}
