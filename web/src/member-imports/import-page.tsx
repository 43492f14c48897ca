import { Anchor, List, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { ImportReport, MAX_IMPORT_BYTES, MAX_IMPORT_ROWS } from '#program/membership/imports/contract.ts'
import { upload } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { toCsv } from '../ui/csv.ts'
import { download } from '../ui/download.ts'
import { FileDrop } from '../ui/file-drop.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useUpload } from '../ui/use-upload.ts'
import { ImportReportPanel } from './import-report-panel.tsx'
import { importsQuery, type Report } from './member-imports.ts'
import { WaitingImports } from './waiting-imports.tsx'

const EXAMPLE = [
  ['name', 'kind', 'tier', 'jurisdiction', 'since', 'contact_name', 'contact_email', 'role_address', 'website'],
  [
    'Example Vendor',
    'vendor',
    'entry',
    'unrestricted@1',
    '2019-04-01',
    'Admin of the vendor',
    'admin@vendor.example',
    'psirt@vendor.example',
    'https://vendor.example/',
  ],
] as const

/** Brings an existing list of members in: looked at first, proposed by one officer, admitted by another. */
export function ImportPage(): ReactElement {
  return (
    <OnlyWith verb="member-import.list">
      <Imports />
    </OnlyWith>
  )
}

function Imports(): ReactElement {
  return (
    <Page title="Import members" lead="For members that you had before Vedette. One officer proposes the list, another one admits everybody on it.">
      <Stack>
        <WaitingImports />
        {useMay()('member-import.propose') && <Proposal />}
      </Stack>
    </Page>
  )
}

function Proposal(): ReactElement {
  const queries = useQueryClient()
  const [tried, setTried] = useState<{ readonly file: File; readonly report: Report }>()
  const look = useUpload({
    send: async (file, watched) => ({ file, report: await upload(ImportReport, '/api/member-imports?dryRun=true', file, { type: 'text/csv', ...watched }) }),
    maxBytes: MAX_IMPORT_BYTES,
    onDone: setTried,
  })
  const propose = useUpload({
    send: (file, watched) => upload(ImportReport, '/api/member-imports?dryRun=false', file, { type: 'text/csv', ...watched }),
    maxBytes: MAX_IMPORT_BYTES,
    onDone: () => {
      setTried(undefined)
      return queries.invalidateQueries({ queryKey: importsQuery.queryKey })
    },
    onFailed: () => queries.invalidateQueries({ queryKey: importsQuery.queryKey }),
  })
  return (
    <>
      <Panel title="A list to bring in" actions={<Example />}>
        <Stack>
          <FileDrop label="A list of members as CSV" accept=".csv,text/csv" upload={look}>
            Drop the file here. It is only looked at, and nothing is written yet.
          </FileDrop>
          <ProblemAlert error={look.error} />
          <List size="sm" spacing={2}>
            <List.Item>Columns: name, kind, tier, jurisdiction, contact_name and contact_email; since, role_address and website may be left out.</List.Item>
            <List.Item>
              UTF-8, cells parted by commas, semicolons or tabs; up to {MAX_IMPORT_ROWS.toLocaleString('en')} rows and {formatSize(MAX_IMPORT_BYTES)}.
            </List.Item>
            <List.Item>A jurisdiction is the name of one of your policies, such as unrestricted@1.</List.Item>
          </List>
        </Stack>
      </Panel>
      {tried && <ImportReportPanel fileName={tried.file.name} report={tried.report} proposal={propose} onPropose={() => propose.start(tried.file)} />}
    </>
  )
}

function Example(): ReactElement {
  return (
    <Anchor component="button" type="button" size="sm" onClick={() => download('members-example.csv', 'text/csv', toCsv(EXAMPLE[0], [EXAMPLE[1]]))}>
      Download an example
    </Anchor>
  )
}
