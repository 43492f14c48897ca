import { Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { PackageView, type FilePart } from '#program/packages/contract.ts'
import { upload } from '../api/client.ts'
import { FileDrop } from '../ui/file-drop.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useUpload } from '../ui/use-upload.ts'
import { FILES_TITLE, FileTable } from './package-files.tsx'
import { filesOf, packageQuery, type Package } from './packages.ts'

interface EditFilesPanelProps {
  readonly part: FilePart
  readonly version: Package
  /** Called with the package after a file was added or removed: at once, without Save. */
  readonly onChanged: (after: Package) => void
}

const TEXT: Readonly<Record<FilePart, { lead: string; label: string }>> = {
  attachments: { lead: 'Files for every tier whose window is open: crash logs, samples of traffic, rules.', label: 'Add an attachment' },
  'proof-of-concept': { lead: 'Guarded on its own: only contacts with the separate right to it ever see that it is here.', label: 'Add a proof of concept' },
}

export function EditFilesPanel({ part, version, onChanged }: EditFilesPanelProps): ReactElement {
  const queries = useQueryClient()
  const query = packageQuery(version.id)
  const accept = (after: Package) => {
    queries.setQueryData(query.queryKey, after)
    onChanged(after)
  }
  const readAgain = () => queries.invalidateQueries({ queryKey: query.queryKey, exact: true })
  const transfer = useUpload((file, watched) => upload(PackageView, `/api/packages/${version.id}/attachments?part=${part}`, file, watched), accept, readAgain)
  const files = filesOf(version.content, part) ?? []
  return (
    <Panel title={FILES_TITLE[part]} lead={TEXT[part].lead} flush={files.length > 0}>
      {files.length > 0 && <FileTable version={version} label={FILES_TITLE[part]} files={files} removal={{ part, onRemoved: accept }} />}
      <Stack p={files.length > 0 ? 'md' : 0}>
        <FileDrop label={TEXT[part].label} upload={transfer}>
          Drop a file of up to 50 MiB here. It is added at once.
        </FileDrop>
        <ProblemAlert error={transfer.error} />
        {transfer.error?.code === 'SERVER_GONE' && <Text size="sm">Look whether the file is in the list before you send it again.</Text>}
      </Stack>
    </Panel>
  )
}
