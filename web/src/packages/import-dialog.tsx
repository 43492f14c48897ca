import { Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { PackageView } from '#program/packages/contract.ts'
import { upload } from '../api/client.ts'
import { Dialog } from '../ui/dialog.tsx'
import { FileDrop } from '../ui/file-drop.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useUpload } from '../ui/use-upload.ts'
import { ImportNotes } from './import-notes.tsx'
import { MAX_ADVISORY_BYTES } from './limits.ts'
import { packageQuery, packagesQuery, shortName, type Package } from './packages.ts'

/** Makes a draft of an advisory, then says what of it was left out and what was assumed. */
export function ImportDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const [imported, setImported] = useState<Package>()
  // Also after a lost answer: the draft may be there.
  const readAgain = () => queries.invalidateQueries({ queryKey: packagesQuery.queryKey, exact: true })
  const transfer = useUpload({
    send: (file, watched) => upload(PackageView, '/api/packages/imports', file, { type: 'application/json', ...watched }),
    maxBytes: MAX_ADVISORY_BYTES,
    onDone: (done) => {
      queries.setQueryData(packageQuery(done.id).queryKey, done)
      setImported(done)
      return readAgain()
    },
    onFailed: readAgain,
  })
  const close = () => {
    transfer.cancel()
    transfer.reset()
    setImported(undefined)
    onClose()
  }
  return (
    <Dialog opened={opened} onClose={close} title={imported ? 'The advisory is imported' : 'Import an advisory'} dismissible={!transfer.sending}>
      {imported ? (
        <Imported draft={imported} onClose={close} />
      ) : (
        <Stack>
          <FileDrop label="A CSAF document or CVE record" accept=".json,application/json" upload={transfer}>
            Drop the JSON file here: CSAF 2.0 or 2.1, or a CVE record of version 5. It becomes the draft of a package that only the operator sees.
          </FileDrop>
          <ProblemAlert error={transfer.error} />
          {transfer.error?.code === 'SERVER_GONE' && <Text size="sm">Look into the list of packages before you send the file again: it may have arrived.</Text>}
          {transfer.error?.code === 'VALIDATION_FAILED' && (
            <Text size="sm">Nothing was stored. Each line above names a place in the file as a JSON Pointer; mend the file and choose it again.</Text>
          )}
        </Stack>
      )}
    </Dialog>
  )
}

function Imported({ draft, onClose }: { draft: Package; onClose: () => void }): ReactElement {
  const { content, source } = draft
  const counted = [
    [content.vulnerabilities?.length ?? 0, 'vulnerability', 'vulnerabilities'],
    [content.products?.length ?? 0, 'product', 'products'],
    [content.references?.length ?? 0, 'reference', 'references'],
  ] as const
  return (
    <Stack>
      <Text>
        <strong className="break">{shortName(draft)}</strong> is a draft with{' '}
        {counted.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(', ')}. It still needs its detection guidance.
      </Text>
      {source && <ImportNotes source={source} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button component={Link} to={`/packages/${draft.id}`} data-autofocus>
          Open the draft
        </Button>
      </Group>
    </Stack>
  )
}
