import { Button, Menu, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { ADVISORY_FORMATS } from '#program/packages/contract.ts'
import { asProblem } from '../api/problem.ts'
import { getFile } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { saveFile } from '../ui/download.ts'
import { Icon } from '../ui/icon.tsx'
import type { Package } from './packages.ts'

interface Wanted {
  readonly format: (typeof ADVISORY_FORMATS)[number]
  readonly cve?: string
}

/** The version in the formats that other programs read; a contact first receives it. */
export function ExportMenu({ version }: { version: Package }): ReactElement | null {
  const may = useMay()
  const save = useMutation({
    mutationFn: async (wanted: Wanted) =>
      saveFile(nameOf(version, wanted), await getFile(`/api/packages/${version.id}/advisory`, { ...wanted, version: version.version })),
  })
  if (!may('package.export') || version.contentHash === null) return null
  return (
    <>
      {save.error && (
        <Text size="sm" c="red" role="alert">
          {asProblem(save.error).message}
        </Text>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="download" size={14} />} loading={save.isPending}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => save.mutate({ format: 'csaf-2.1' })}>CSAF 2.1</Menu.Item>
          <Menu.Item onClick={() => save.mutate({ format: 'csaf-2.0' })}>CSAF 2.0</Menu.Item>
          {version.cves.slice(0, 20).map((cve) => (
            <Menu.Item key={cve} onClick={() => save.mutate({ format: 'cve-5', cve })}>
              CVE record of {cve}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

function nameOf({ id }: Package, { format, cve }: Wanted): string {
  return cve === undefined ? `package-${id.slice(-6)}-${format}.json` : `${cve}.json`
}
