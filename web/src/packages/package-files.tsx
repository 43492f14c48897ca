import { Button, Stack, Table } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { FilePart } from '#program/packages/contract.ts'
import { getFile } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { saveFile } from '../ui/download.ts'
import { formatSize } from '../ui/format-size.ts'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { filesOf, receiptsQuery, type Package, type StoredFile } from './packages.ts'
import { RemoveFile } from './remove-file.tsx'

export const FILES_TITLE: Readonly<Record<FilePart, string>> = { attachments: 'Attachments', 'proof-of-concept': 'Proof of concept' }

/** The files of a version, each part that the reader may read in a panel of its own. */
export function PackageFiles({ version }: { version: Package }): ReactElement {
  const contact = useSession().kind === 'contact'
  return (
    <>
      {(['attachments', 'proof-of-concept'] as const).map((part) => {
        const files = filesOf(version.content, part)
        if (!files || files.length === 0) return null
        return (
          <Panel
            key={part}
            title={FILES_TITLE[part]}
            lead={
              <>
                {part === 'proof-of-concept' && 'Code that exploits the vulnerability: open it only in isolation. '}
                {contact && 'Each download writes a receipt to the audit log.'}
              </>
            }
            flush
          >
            <FileTable version={version} label={FILES_TITLE[part]} files={files} />
          </Panel>
        )
      })}
    </>
  )
}

interface FileTableProps {
  readonly version: Package
  readonly label: string
  readonly files: readonly StoredFile[]
  /** Set where the files may be removed. */
  readonly removal?: { readonly part: FilePart; readonly onRemoved: (after: Package) => void }
}

export function FileTable({ version, label, files, removal }: FileTableProps): ReactElement {
  const may = useMay()
  const queries = useQueryClient()
  const download = useMutation({
    mutationFn: async ({ object, name }: StoredFile) =>
      saveFile(name, await getFile(`/api/packages/${version.id}/attachments/${object}`, { version: version.version })),
    onSuccess: () => queries.invalidateQueries({ queryKey: receiptsQuery(version.id).queryKey }),
  })
  return (
    <Stack gap={0}>
      <ProblemAlert error={download.error} />
      <SimpleTable label={label} headers={['Name', 'Size', 'SHA-256', '']}>
        {files.map((file) => (
          <Table.Tr key={file.object}>
            <Table.Td className="break">
              <strong>{file.name}</strong>
            </Table.Td>
            <Table.Td className="nowrap">{formatSize(file.size)}</Table.Td>
            <Table.Td>
              <CopyText label={`Copy the SHA-256 of ${file.name}`} text={file.sha256} />
            </Table.Td>
            <Table.Td align="right" className="nowrap">
              {may('package.download') && (
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<Icon name="download" size={14} />}
                  aria-label={`Download ${file.name}`}
                  loading={download.isPending && download.variables.object === file.object}
                  onClick={() => download.mutate(file)}
                >
                  Download
                </Button>
              )}{' '}
              {removal && <RemoveFile version={version} file={file} {...removal} />}
            </Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Stack>
  )
}
