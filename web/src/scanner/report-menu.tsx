import { Button, Menu, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { REPORT_MEDIA_TYPES } from '#scanner/submissions/contract.ts'
import { getFile } from '../api/client.ts'
import { asProblem } from '../api/problem.ts'
import { download, saveFile } from '../ui/download.ts'
import { Icon } from '../ui/icon.tsx'
import type { ScanResultView, SubmissionView } from './submissions.ts'

interface ReportMenuProps {
  readonly submission: SubmissionView
  readonly report: ScanResultView | undefined
}

/** The report to save, in the forms that people and other programs read. */
export function ReportMenu({ submission: { id, sha256 }, report }: ReportMenuProps): ReactElement {
  const name = `vedette-scan-${sha256.slice(0, 16)}`
  const save = useMutation({
    mutationFn: async (form: 'sarif' | 'stix') =>
      saveFile(
        form === 'sarif' ? `${name}.sarif` : `${name}.stix.json`,
        await getFile(`/api/submissions/${id}/report.${form}`, {}, undefined, REPORT_MEDIA_TYPES[form]),
      ),
  })
  return (
    <>
      {save.error && (
        <Text size="sm" c="red" role="alert">
          {asProblem(save.error).message}
        </Text>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="download" size={16} />} disabled={!report} loading={save.isPending}>
            Save report
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => download(`${name}.json`, 'application/json', `${JSON.stringify(report, undefined, 2)}\n`)}>JSON: everything</Menu.Item>
          <Menu.Item onClick={() => save.mutate('sarif')}>SARIF 2.1.0: results with their places</Menu.Item>
          <Menu.Item onClick={() => save.mutate('stix')}>STIX 2.1: for an exchange, with its TLP</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
